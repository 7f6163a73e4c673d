import * as fc from 'fast-check';
import { DomainError } from '../../problems/domain-error';
import { validationFailed } from '../../problems/validation';
import { Text } from './fields';
import { BodyPipe, IdPipe, QueryPipe, refuseUnknown } from './request-pipes';

class Person {
  @Text({ max: 10, description: '' })
  name: string;

  @Text({ max: 10, optional: true, nullable: true, description: '' })
  title?: string | null;
}

const body = new BodyPipe(Person);
const query = new QueryPipe(Person);

function errorsOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect((error as DomainError).code).toBe('validation_failed');
    return (error as DomainError).facts['errors'];
  }
  return 'none';
}

describe('BodyPipe', () => {
  it('returns an instance of the class with exactly the sent fields', () => {
    const person = body.transform({ name: 'Ada' });
    expect(person).toBeInstanceOf(Person);
    expect(Object.entries(person)).toEqual([['name', 'Ada']]);
    expect(Object.entries(body.transform({ name: 'Ada', title: null }))).toEqual([['name', 'Ada']]);
    const patch = new BodyPipe(Person, 'cleared');
    expect(Object.entries(patch.transform({ name: 'Ada', title: null }))).toEqual(
      Object.entries({ name: 'Ada', title: null }),
    );
  });

  it('does not change the prototype', () => {
    const hostile = JSON.parse('{"name":"Ada","__proto__":{"title":"Queen"}}');
    expect(errorsOf(() => body.transform(hostile))).toMatchObject([{ pointer: '/__proto__' }]);
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty']) {
      expect(errorsOf(() => body.transform({ name: 'Ada', [name]: 1 }))).toMatchObject([{ pointer: `/${name}` }]);
    }
    expect(new Person().title).toBeUndefined();
  });

  it('rejects every invalid body with a problem', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const errors = errorsOf(() => body.transform(value));
        expect(errors).not.toBe('none');
      }),
      { numRuns: 500 },
    );
  });
});

describe('QueryPipe', () => {
  it('rejects repeated parameters by name', () => {
    expect(errorsOf(() => query.transform({ name: ['a', 'b'] }))).toEqual([
      { in: 'query', pointer: '/name', detail: 'must be given once; got it repeatedly' },
    ]);
  });

  it('accepts a query object without a prototype', () => {
    expect(query.transform(Object.assign(Object.create(null), { name: 'Ada' })).name).toBe('Ada');
  });
});

describe('IdPipe', () => {
  const pipe = new IdPipe();

  it('returns every UUID in lower case', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(pipe.transform(id)).toBe(id);
        expect(pipe.transform(id.toUpperCase())).toBe(id);
      }),
    );
  });

  it('rejects every other text and does not repeat a long one', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(errorsOf(() => pipe.transform(text))).toHaveLength(1)));
    expect(() => pipe.transform('x'.repeat(61))).toThrow(/^path \/id must be a UUID; got 61 characters\.$/);
  });
});

describe('a validation problem', () => {
  it('reports the first error in the detail, and the number of further errors', () => {
    const error = (pointer: string) => ({ in: 'body', pointer, detail: 'is wrong' }) as const;
    expect(validationFailed([error('/a')]).message).toBe('body /a is wrong.');
    expect(validationFailed([error('')]).message).toBe('The body is wrong.');
    expect(validationFailed([error('/a'), error('/b'), error('/c')]).message).toBe('body /a is wrong (and 2 more).');
  });

  it('for unknown names lists the known ones and uses RFC 6901 pointers', () => {
    const refuse = (names: string[], known: string[]) => errorsOf(() => refuseUnknown('query', names, new Set(known)));
    expect(refuse(['a'], ['a', 'b'])).toBe('none');
    expect(refuse(['~', '/', 'c'], ['a', 'b'])).toEqual([
      { in: 'query', pointer: '/~0', detail: 'is unknown; known are a, b' },
      { in: 'query', pointer: '/~1', detail: 'is unknown; known are a, b' },
      { in: 'query', pointer: '/c', detail: 'is unknown; known are a, b' },
    ]);
    expect(refuse(['a'], [])).toMatchObject([{ detail: 'is unknown; this route accepts none' }]);
    expect(
      refuse(
        Array.from({ length: 1_000 }, (_, i) => `n${i}`),
        [],
      ),
    ).toHaveLength(100);
  });
});
