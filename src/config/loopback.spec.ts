import { isLoopback } from './loopback';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost'])(
    'is true of %s',
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
  ])('is false of %j', (host) => expect(isLoopback(host)).toBe(false));
});
