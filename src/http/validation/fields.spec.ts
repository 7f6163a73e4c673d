import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { Flag, JsonObject, OneOf, Text, TextMap, WholeNumber } from './fields';
import { QueryPipe } from './request-pipes';

class Everything {
  @Text({ max: 5, optional: true, description: '' })
  text?: unknown;

  @Text({ min: 0, max: 3, optional: true, nullable: true, pattern: /^a*$/, description: '' })
  letters?: unknown;

  @OneOf({ values: ['a', 'b'], optional: true, description: '' })
  choice?: unknown;

  @JsonObject({ maxBytes: 40, optional: true, description: '' })
  object?: unknown;

  @Flag({ optional: true, description: '' })
  flag?: unknown;

  @TextMap({ max: 3, maxFields: 2, optional: true, description: '' })
  texts?: unknown;
}

class Query {
  @WholeNumber({ min: 1, max: 200, optional: true, description: '' })
  limit?: number;
}

/** Returns the error for a value; undefined if it is valid. */
function verdict(field: keyof Everything, value: unknown): string | undefined {
  const errors = validateSync(Object.assign(new Everything(), { [field]: value }));
  return Object.values(errors[0]?.constraints ?? {})[0];
}

describe('Text', () => {
  it('counts code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        const storable = text.isWellFormed() && !text.includes('\0');
        const fits = text.length > 0 && Array.from(text).length <= 5 && storable;
        expect(verdict('text', text) === undefined).toBe(fits);
      }),
      { numRuns: 1_000, examples: [['🎟🎟🎟🎟🎟'], ['🎟🎟🎟🎟🎟🎟'], ['\ufe0f'.repeat(6)], ['\ud800'], ['\0']] },
    );
  });

  it('accepts null and undefined only if the options allow it', () => {
    for (const value of [null, undefined, '', 'aaa']) expect(verdict('letters', value)).toBeUndefined();
    expect(verdict('text', undefined)).toBeUndefined();
    expect(verdict('text', null)).toBe('must be a text of 1 to 5 characters; got null');
  });

  it.each([
    ['text', '', 'must be a text of 1 to 5 characters; got ""'],
    ['text', 'abcdef', 'must be a text of 1 to 5 characters; got "abcdef"'],
    ['text', '🎟'.repeat(70), 'must be a text of 1 to 5 characters; got a text of 70 characters'],
    ['text', 7, 'must be a text of 1 to 5 characters; got the number 7'],
    ['text', ['a'], 'must be a text of 1 to 5 characters; got an array'],
    ['letters', 'ab', 'must be a text of 0 to 3 characters that matches ^a*$; got "ab"'],
    ['letters', 'a\n', 'must be a text of 0 to 3 characters that matches ^a*$; got "a\\n"'],
    ['choice', 'c', 'must be one of a, b; got "c"'],
    ['choice', ['a'], 'must be one of a, b; got an array'],
    ['object', [], expect.stringMatching(/^must be a JSON object of at most 40 bytes .*; got an array$/)],
    ['flag', 'true', 'must be true or false; got "true"'],
    ['flag', 0, 'must be true or false; got the number 0'],
    ['texts', 'a', 'must be a JSON object of at most 2 texts of 1 to 3 characters; got "a"'],
    ['texts', ['a'], 'must be a JSON object of at most 2 texts of 1 to 3 characters; got an array'],
    [
      'object',
      { a: Infinity },
      expect.stringMatching(/numbers are exact .*; got an object with a number that is not$/),
    ],
  ] as const)('%s %j is answered with what was expected and what came', (field, value, expected) => {
    expect(verdict(field, value)).toEqual(expected);
  });
});

describe('JsonObject', () => {
  it('accepts up to the maximum number of bytes', () => {
    expect(verdict('object', { a: 'x'.repeat(32) })).toBeUndefined();
    expect(verdict('object', { a: 'x'.repeat(33) })).toMatch(/at most 40 bytes/);
    expect(verdict('object', { a: 'é'.repeat(16) })).toBeUndefined();
    expect(verdict('object', { a: 'é'.repeat(17) })).toMatch(/at most 40 bytes/);
  });

  it.each([0, -0.5, 1e-7, 2 ** 53 - 1, 1 - 2 ** 53])('accepts the number %d', (n) => {
    expect(verdict('object', { n })).toBeUndefined();
  });

  it.each([2 ** 53, -(2 ** 53), 1e300, Infinity, -Infinity, NaN])('rejects the number %d at any depth', (n) => {
    expect(verdict('object', { n })).toMatch(/exact/);
    expect(verdict('object', { a: [[{ n }]] })).toMatch(/exact/);
  });
});

describe('TextMap', () => {
  it('accepts the maximum number and length of texts under any names', () => {
    expect(verdict('texts', {})).toBeUndefined();
    expect(verdict('texts', { a: 'x', '漢 🎟️': '🎟🎟🎟' })).toBeUndefined();
  });

  it.each([{ a: 'xxxx' }, { a: '' }, { a: 'x', b: null }, { a: 1 }, { a: { b: 'x' } }, { a: 'x', b: 'y', c: 'z' }])(
    'refuses %j',
    (texts) => {
      expect(verdict('texts', texts)).toMatch(/^must be a JSON object of at most 2 texts .*; got an object$/);
    },
  );
});

describe('Flag', () => {
  it('accepts true and false', () => {
    expect([verdict('flag', true), verdict('flag', false)]).toEqual([undefined, undefined]);
  });
});

describe('WholeNumber', () => {
  const pipe = new QueryPipe(Query);

  it('accepts digits only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer({ min: -300, max: 300 }).map(String)), (limit) => {
        const fits = /^\d{1,9}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 200;
        if (fits) expect(pipe.transform({ limit }).limit).toBe(Number(limit));
        else expect(() => pipe.transform({ limit })).toThrow(/must be a whole number from 1 to 200/);
      }),
    );
  });
});
