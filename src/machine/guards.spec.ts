import { BLANKS, REQUIREMENT_GUARDS } from './guards';
import { metRequirements } from './judge';

describe('REQUIREMENT_GUARDS', () => {
  it('have unique names and codes', () => {
    for (const property of ['name', 'code'] as const) {
      const values = REQUIREMENT_GUARDS.map((guard) => guard[property]);
      expect(new Set(values).size).toBe(values.length);
    }
  });
});

describe('BLANKS', () => {
  it('are the characters that trim() removes', () => {
    const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect([...BLANKS].sort()).toEqual(characters.filter((character) => character.trim() === ''));
  });
});

describe('metRequirements', () => {
  it.each([
    [null, false],
    ['', false],
    [` ${BLANKS}`, false],
    [' x ', true],
  ])('of the reason %j are met: %s', (reason, met) => {
    expect(metRequirements({ reason, artifacts: null })).toEqual({ reason: met, artifacts: false });
  });

  it.each([
    [null, false],
    [{}, false],
    [{ a: null }, true],
    [[], true],
    ['x', true],
  ])('of the artifacts %j are met: %s', (artifacts, met) => {
    expect(metRequirements({ reason: null, artifacts })).toEqual({ reason: false, artifacts: met });
  });
});
