import { locationOf, urlProblem } from './database-url';

describe('urlProblem', () => {
  it.each([
    'postgres://127.0.0.1/phaseline',
    'postgresql://app@db.example:5432/phaseline?sslmode=verify-full',
    'postgres://app:50%25off%40home%2F%3F%23@db.example/phaseline',
    'postgres://app:pw@%2Frun%2Fpostgresql:5432/phaseline',
    'postgres:///phaseline?host=/run/postgresql',
    'postgres://app:p%C3%A4ss@[::1]:5432/phaseline',
    'postgres://app:pw@db.example/phaseline?application_name=a@b',
  ])('accepts %s', (url) => expect(urlProblem(url)).toBeUndefined());

  it.each([
    ['postgres://app:50%off@db/x', /% that does not begin/],
    ['postgres://app:50%@db/x', /% that does not begin/],
    ['postgres://app:se@cret@db/x', /unescaped @/],
    ['postgres://app:12/cret@db/x', /unescaped \/, \? or #/],
    ['postgres://app:12?cret@db/x', /unescaped \/, \? or #/],
    ['postgres://app:12#cret@db/x', /unescaped \/, \? or #/],
    ['postgres://app:s%ffcret@db/x', /not a character of UTF-8/],
    ['postgres://app:s%00cret@db/x', /not a character of UTF-8/],
    ['postgres://app:secret@db/x?require_auth=md5', /require_auth other than scram-sha-256/],
  ])('explains %s without its parts', (url, message) => {
    const problem = urlProblem(url) ?? '';
    expect(problem).toMatch(message);
    expect(problem).not.toMatch(/app|off|cret|db/);
  });
});

describe('locationOf', () => {
  it.each([
    ['postgres://app:pw@db.example:5433/phaseline?sslmode=require', 'db.example:5433/phaseline'],
    ['postgres://app:pw@%2Frun%2Fpostgresql:5432/phaseline', '/run/postgresql:5432/phaseline'],
    ['postgres:///phaseline?host=/run/postgresql', '/run/postgresql/phaseline'],
    ['postgres:///phaseline', 'localhost/phaseline'],
  ])('of %s is %s', (url, location) => expect(locationOf(url)).toBe(location));
});
