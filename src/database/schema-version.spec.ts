import { otherVersion } from './schema-version';

describe('otherVersion', () => {
  it('returns nothing for a database with exactly the known migrations', () => {
    expect(otherVersion(['One', 'Two'], ['One', 'Two'])).toBeUndefined();
  });

  it('names the unknown migrations of a newer database and the missing ones of an older database', () => {
    expect(otherVersion(['One', 'Two', 'Three'], ['One'])).toMatch(
      /newer version: it has Two, Three\. Use the version/,
    );
    expect(otherVersion(['One'], ['One', 'Two'])).toMatch(/older version: it lacks Two\. Start this version/);
  });

  it('reports a database that is not one of Phaseline', () => {
    expect(otherVersion(null, ['One'])).toMatch(/no tickets of Phaseline/);
  });
});
