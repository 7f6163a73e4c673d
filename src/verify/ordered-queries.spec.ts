import { BLANKS } from './ordered-queries';

describe('BLANKS', () => {
  it('are what the service takes for a blank reason', () => {
    const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect([...BLANKS].sort()).toEqual(characters.filter((character) => character.trim() === ''));
  });
});
