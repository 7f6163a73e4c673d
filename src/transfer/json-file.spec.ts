import { parseJsonObject } from './json-file';

describe('parseJsonObject', () => {
  it('reads an object, also behind a byte order mark', () => {
    expect(parseJsonObject('\uFEFF{"open": "DONE"}', 'map.json')).toEqual({ open: 'DONE' });
  });

  it.each([
    ['{', 'map.json is not valid JSON: '],
    ['', 'map.json is not valid JSON: '],
    ['[]', 'map.json: expected a JSON object, got an array'],
    ['null', 'map.json: expected a JSON object, got null'],
    ['"open"', 'map.json: expected a JSON object, got a string'],
  ])('refuses %j', (text, message) => {
    expect(() => parseJsonObject(text, 'map.json')).toThrow(message);
  });
});
