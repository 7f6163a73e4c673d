import { printable, printableLine } from './printable';

describe('printable', () => {
  it('keeps text, tabs and newlines', () => {
    const text = 'Grüße,\tZeile 1\nZeile 2 🎟 שלום';
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['\x1b[2J', '\\u001b[2J'],
    ['a\rb', 'a\\u000db'],
    ['a\x07\x08\0', 'a\\u0007\\u0008\\u0000'],
    ['\x7f\x9b31m', '\\u007f\\u009b31m'],
    ['\u202egnp.exe\u202c', '\\u202egnp.exe\\u202c'],
    ['\u2066a\u2069\u200e\u200f\u061c', '\\u2066a\\u2069\\u200e\\u200f\\u061c'],
    ['a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ])('escapes the controls in %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('keeps the meaning of JSON', () => {
    const value = { 'a\x9b': ['\u202e', '\x7f\n'] };
    expect(JSON.parse(printable(JSON.stringify(value, null, 2)))).toEqual(value);
  });
});

describe('printableLine', () => {
  it('also escapes what would begin another line', () => {
    expect(printableLine('a\n0 findings\t\x1b[A')).toBe('a\\u000a0 findings\\u0009\\u001b[A');
  });
});
