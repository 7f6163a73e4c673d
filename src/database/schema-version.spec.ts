import { otherVersion } from './schema-version';

describe('otherVersion', () => {
  it('finds nothing in a database with exactly the migrations that are known', () => {
    expect(otherVersion(['One', 'Two'], ['One', 'Two'])).toBeUndefined();
  });

  it('names what a newer database has, and an older one lacks', () => {
    expect(otherVersion(['One', 'Two', 'Three'], ['One'])).toMatch(
      /newer version: it has Two, Three\. Use the version/,
    );
    expect(otherVersion(['One'], ['One', 'Two'])).toMatch(/older version: it lacks Two\. Start this version/);
  });

  it('knows what is no database of ours', () => {
    expect(otherVersion(null, ['One'])).toMatch(/no tickets of Phaseline/);
  });
});
