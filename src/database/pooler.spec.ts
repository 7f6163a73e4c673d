import { boundaryOf, localSettings, onlyReads } from './pooler';

describe('boundaryOf', () => {
  it.each([
    ['BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL a = 1', 'begin'],
    ['START TRANSACTION', 'begin'],
    ['COMMIT', 'end'],
    ['ROLLBACK', 'end'],
    ['ROLLBACK TO SAVEPOINT before_wait', 'none'],
    ['SAVEPOINT before_wait', 'none'],
    ['\n  SELECT 1', 'none'],
    ['SELECT committed FROM beginnings', 'none'],
  ])('of %j is %s', (text, boundary) => expect(boundaryOf(text)).toBe(boundary));
});

describe('onlyReads', () => {
  it('is true for SELECT and SHOW only', () => {
    expect(['\n SELECT 1', 'SHOW x', 'UPDATE a SET b = 1', 'WITH a AS (SELECT 1) SELECT 2'].map(onlyReads)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('localSettings', () => {
  it('returns one statement for each setting', () => {
    expect(localSettings({ lock_timeout: 5, bytea_output: 'hex' })).toBe(
      "SET LOCAL lock_timeout = '5'; SET LOCAL bytea_output = 'hex'",
    );
  });
});
