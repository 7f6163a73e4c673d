import { addressSet, clientNetwork, isLoopback, isNetwork, isOrigin, listParser } from './network-addresses';

describe('isOrigin', () => {
  it.each(['https://board.example', 'http://localhost:5173', 'http://127.0.0.1:8080', 'http://[::1]:3000'])(
    'is true for %s',
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
  ])('is false for %j', (text) => expect(isOrigin(text)).toBe(false));
});

describe('isNetwork', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', '192.0.2.0/32', '::1', 'fd00::/8', '2001:db8::/128'])('is true for %s', (text) =>
    expect(isNetwork(text)).toBe(true),
  );

  it.each(['', 'proxy.example', '10.0.0', '10.0.0.0/33', '10.0.0.0/', '0.0.0.0/0', '::/0', '::/129', '10.0.0.0/8/8'])(
    'is false for %j',
    (text) => expect(isNetwork(text)).toBe(false),
  );
});

describe('listParser', () => {
  it('returns all items, or undefined when one is invalid', () => {
    const read = listParser((item) => item.length === 1);
    expect(read('a, b ,c')).toEqual(['a', 'b', 'c']);
    for (const text of ['a,bb', 'a,', ',']) expect(read(text)).toBeUndefined();
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost'])(
    'is true for %s',
    (host) => expect(isLoopback(host)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '192.168.1.5',
    '::2',
    'fe80::1',
    'localhost.example',
    '127.0.0.1.nip.io',
    '',
    '127',
  ])('is false for %j', (host) => expect(isLoopback(host)).toBe(false));
});

describe('addressSet', () => {
  it.each([
    ['10.1.2.3', 'ipv4', true],
    ['10.2.0.1', 'ipv4', false],
    ['::1', 'ipv6', true],
    ['2001:db8::7', 'ipv6', true],
    ['2001:db9::7', 'ipv6', false],
  ] as const)('%s (%s): %s', (address, family, isIn) => {
    expect(addressSet(['10.1.0.0/16', '::1', '2001:db8::/32']).check(address, family)).toBe(isIn);
  });
});

describe('clientNetwork', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s belongs to %s', (address, network) => expect(clientNetwork(address)).toBe(network));
});
