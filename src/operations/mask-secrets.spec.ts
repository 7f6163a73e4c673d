import { maskSecrets } from './mask-secrets';

const KEY = `pl_${'aB3_-'.repeat(9).slice(0, 43)}`;

const percentEncoded = (text: string, which: RegExp): string =>
  text.replaceAll(which, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

describe('maskSecrets', () => {
  it.each([
    [`the key ${KEY} is unknown`, 'the key pl_*** is unknown'],
    [`/tickets?key=${KEY}&limit=1`, '/tickets?key=pl_***&limit=1'],
    [`/tickets?key=${percentEncoded(KEY, /[_-]/g)}&limit=1`, '/tickets?key=pl_***&limit=1'],
    [`/tickets?key=${percentEncoded(KEY, /./g)}&limit=1`, '/tickets?key=pl_***&limit=1'],
    [`/tickets?key=${percentEncoded(KEY, /[_3]/g).toLowerCase()}x&limit=1`, '/tickets?key=pl_***x&limit=1'],
    ['Authorization: Bearer eyJhbGciOi.J9-_~+/==', 'Authorization: Bearer ***'],
    ['"authorization":"basic bWU6aHVudGVyMg=="', '"authorization":"basic ***"'],
    ['connect to postgres://me:hunter2@db:5432/tickets', 'connect to postgres://me:***@db:5432/tickets'],
    ['postgresql://me:p/w:x@db and postgres://you:b@c/d', 'postgresql://me:***@db and postgres://you:***@c/d'],
    ['postgres://db/tickets?user=me&password=hunter2&x=1', 'postgres://db/tickets?user=me&password=***&x=1'],
  ])('masks the secret in %j', (text, masked) => expect(maskSecrets(text)).toBe(masked));

  it.each([
    'pl_short is no key',
    'WWW-Authenticate: Bearer',
    'postgres://db:5432/tickets',
    'postgres://me@db/tickets',
    'the basic idea',
  ])('leaves %j unchanged', (text) => expect(maskSecrets(text)).toBe(text));

  it('keeps JSON valid', () => {
    const record = { authorization: `Bearer ${KEY}"\\`, url: 'postgres://me:a"b\\@db', last: 'x' };
    expect(JSON.parse(maskSecrets(JSON.stringify(record)))).toMatchObject({ last: 'x' });
  });

  it.each([
    ['postgres://a:', 'postgres://a:b@c'],
    ['postgres://a', 'postgres://a:b@c'],
    ['?password=', '?password=x'],
    ['bearer ', 'bearer 12345678'],
    ['basic     ', 'basic 12345678'],
    ['pl_', KEY],
    ['%70%6c%5f%70', KEY],
  ])('reads a long text of %j once: it would take hours to read it from each beginning', (repeated, secret) => {
    const text = `${repeated.repeat(4_000_000 / repeated.length)} ${secret}`;
    expect(maskSecrets(text).slice(-80)).toContain('***');
  });
});
