import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { DomainError } from '../../problems/domain-error';
import { compileCheck } from './rule';
import { Text } from './fields';
import { ListOf, ListOfTexts, SomeOf } from './list-field';
import { BodyPipe } from './request-pipes';

class Friend {
  @Text({ max: 5, description: '' })
  name: string;

  @SomeOf({ values: ['bread', 'wine'], optional: true, description: '' })
  brings?: string[];
}

class Guest extends Friend {
  @ListOf(Friend, { min: 0, max: 2, optional: true, description: '' })
  friends?: Friend[];
}

class Party {
  @ListOfTexts({ min: 1, max: 3, length: 5, description: '' })
  dishes: string[];

  @ListOf(Guest, { min: 0, max: 200, optional: true, description: '' })
  guests?: Guest[];
}

const pipe = new BodyPipe(Party);

/** Returns the errors of a party as `pointer detail`. */
function verdict(body: object): string[] {
  try {
    pipe.transform({ dishes: ['soup'], ...body });
  } catch (error) {
    const errors = (error as DomainError).facts['errors'] as { pointer: string; detail: string }[];
    return errors.map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
  return [];
}

describe('ListOfTexts', () => {
  it.each([[['soup']], [['🎟🎟🎟🎟🎟', 'a', 'a']]])('accepts %j', (dishes) => {
    expect(verdict({ dishes })).toEqual([]);
  });

  it.each([
    [[], '/dishes must be a list of 1 to 3 texts of 1 to 5 characters; got 0'],
    [['a', 'b', 'c', 'd'], '/dishes must be a list of 1 to 3 texts of 1 to 5 characters; got 4'],
    ['soup', '/dishes must be a list of 1 to 3 texts of 1 to 5 characters; got "soup"'],
    [{ 0: 'soup' }, '/dishes must be a list of 1 to 3 texts of 1 to 5 characters; got an object'],
    [null, '/dishes must be a list of 1 to 3 texts of 1 to 5 characters; got null'],
    [['a', 'too long'], '/dishes/1 must be a text of 1 to 5 characters; got "too long"'],
    [['a', ['b']], '/dishes/1 must be a text of 1 to 5 characters; got an array'],
    [['\0'], '/dishes/0 must be a text of 1 to 5 characters; got "\\u0000"'],
  ])('rejects %j', (dishes, expected) => {
    expect(verdict({ dishes })).toEqual([expected]);
  });

  it('reports every invalid item', () => {
    expect(verdict({ dishes: [7, 'a', null] })).toEqual([
      '/dishes/0 must be a text of 1 to 5 characters; got the number 7',
      '/dishes/2 must be a text of 1 to 5 characters; got null',
    ]);
  });
});

describe('SomeOf', () => {
  it.each([[[]], [['wine']], [['wine', 'bread']]])('accepts %j at any depth', (brings) => {
    expect(verdict({ guests: [{ name: 'Ada', brings, friends: [{ name: 'Bob', brings }] }] })).toEqual([]);
  });

  it.each([
    [['wine', 'beer'], '/brings/1 must be one of bread, wine; got "beer"'],
    [['wine', 'wine'], '/brings must be a list of bread, wine, each once at most; got one of them repeatedly'],
    ['wine', '/brings must be a list of bread, wine, each once at most; got "wine"'],
  ])('rejects %j at any depth', (brings, expected) => {
    expect(verdict({ guests: [{ name: 'Ada' }, { name: 'Bob', brings }] })).toEqual([`/guests/1${expected}`]);
    const friends = [{ name: 'Cyd', brings }];
    expect(verdict({ guests: [{ name: 'Ada', friends }] })).toEqual([`/guests/0/friends/0${expected}`]);
  });
});

describe('ListOf', () => {
  it('creates instances of the class in every list', () => {
    const { guests } = pipe.transform({ dishes: ['a'], guests: [{ name: 'Ada', friends: [{ name: 'Bob' }] }] });
    expect(guests![0]).toBeInstanceOf(Guest);
    expect(guests![0]!.friends![0]).toBeInstanceOf(Friend);
  });

  it('may be absent only if it is optional', () => {
    expect(verdict({ guests: undefined })).toEqual([]);
    expect(verdict({ guests: null })).toEqual([]);
  });

  it('reports at most a hundred errors', () => {
    const errors = verdict({ guests: Array.from({ length: 200 }, () => ({ name: '' })) });
    expect(errors).toHaveLength(100);
    expect(errors[99]).toBe('/guests/99/name must be a text of 1 to 5 characters; got ""');
    expect(verdict({ dishes: Array.from({ length: 200 }, () => 0) })).toHaveLength(100);
  });
});

it('class-validator and the compiled check agree on lists', () => {
  const isSound = compileCheck(Guest);
  const item = fc.constantFrom('bread', 'wine', 'beer', 7, null);
  const brings = fc.oneof(fc.array(item, { maxLength: 3 }), item, fc.constant(undefined));
  fc.assert(
    fc.property(brings, (value) => {
      const guest = Object.assign(new Guest(), { name: 'Ada', brings: value });
      expect(isSound(guest)).toBe(validateSync(guest).length === 0);
    }),
  );
});
