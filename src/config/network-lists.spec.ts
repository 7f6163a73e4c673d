import { isNetwork, isOrigin, listOf } from './network-lists';

describe('isOrigin', () => {
  it.each(['https://board.example', 'http://localhost:5173', 'http://127.0.0.1:8080', 'http://[::1]:3000'])(
    'is true of %s',
    (text) => expect(isOrigin(text)).toBe(true),
  );

  it.each([
    '*',
    'null',
    'board.example',
    'https://board.example/',
    'https://board.example/app',
    'https://Board.example',
    'https://board.example:443',
    'https://me:secret@board.example',
    'ftp://board.example',
    'file://',
    '',
  ])('is false of %j', (text) => expect(isOrigin(text)).toBe(false));
});

describe('isNetwork', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '192.0.2.0/32', '::1', 'fd00::/8', '2001:db8::/128'])('is true of %s', (text) =>
    expect(isNetwork(text)).toBe(true),
  );

  it.each(['', 'proxy.example', '10.0.0', '10.0.0.0/33', '10.0.0.0/', '0.0.0.0/0', '::/0', '::/129', '10.0.0.0/8/8'])(
    'is false of %j',
    (text) => expect(isNetwork(text)).toBe(false),
  );
});

describe('listOf', () => {
  it('takes every part, or nothing', () => {
    const read = listOf((part) => part.length === 1);
    expect(read('a, b ,c')).toEqual(['a', 'b', 'c']);
    for (const text of ['a,bb', 'a,', ',']) expect(read(text)).toBeUndefined();
  });
});
