import { createAdapter } from '../../src/http/server/adapter';

/** The address that the server records for a forwarded request. */
async function addressSeen(trusted: readonly string[], forwardedFor: string): Promise<string> {
  const fastify = createAdapter(undefined, { trustedProxies: trusted }).getInstance();
  fastify.get('/', (request) => request.ip);
  const answer = await fastify.inject({ url: '/', headers: { 'x-forwarded-for': forwardedFor, host: 'test' } });
  await fastify.close();
  return answer.body;
}

it.each([
  ['trusts no proxy by default', [], '203.0.113.7', '127.0.0.1'],
  ['believes a proxy that it knows', ['127.0.0.0/8'], '203.0.113.7', '203.0.113.7'],
  ['does not believe another', ['10.0.0.0/8'], '203.0.113.7', '127.0.0.1'],
  [
    'believes no more than the proxies have seen',
    ['127.0.0.1', '10.0.0.1'],
    '1.2.3.4, 203.0.113.7, 10.0.0.1',
    '203.0.113.7',
  ],
  ['ignores the port of an IPv4 address', ['127.0.0.1'], '203.0.113.7:51234', '203.0.113.7'],
  ['ignores the port of an IPv6 address', ['127.0.0.1'], '[2001:db8::7]:51234', '2001:db8::7'],
  ['ignores the brackets of an IPv6 address', ['127.0.0.1'], '[2001:db8::7]', '2001:db8::7'],
  ['ignores the ports of trusted proxies', ['127.0.0.1', '10.0.0.1'], '203.0.113.7:1, 10.0.0.1:2', '203.0.113.7'],
] as const)('%s', async (_, trusted, forwardedFor, seen) => {
  expect(await addressSeen(trusted, forwardedFor)).toBe(seen);
});
