import fastify from 'fastify';
import { requireRoles } from '../../src/http/server/route-config';

const server = () => {
  const instance = fastify();
  requireRoles(instance);
  return instance;
};

describe('a route that does not say who may ask', () => {
  it('is not served', () => {
    const add = (): unknown => server().get('/api/v1/forgotten', () => 'open to all');
    expect(add).toThrow('GET /api/v1/forgotten has no role. Declare it with @Endpoint({ role }).');
  });

  it('is not documentation because its name begins like it', () => {
    for (const path of ['/docsx', '/openapi.json.bak', '/api/v1/docs']) {
      expect(() => server().get(path, () => '')).toThrow(`GET ${path} has no role`);
    }
  });
});

it('lets routes be that do, and the documentation', () => {
  const add = (): unknown =>
    server()
      .get('/docs', () => '')
      .get('/docs/*', () => '')
      .get('/openapi.json', () => '')
      .get('/api/v1/thought-of', { config: { role: 'viewer' } }, () => '');
  expect(add).not.toThrow();
});
