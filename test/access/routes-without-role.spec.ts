import fastify from 'fastify';
import { requireRoles } from '../../src/http/server/route-config';

const server = () => {
  const instance = fastify();
  requireRoles(instance);
  return instance;
};

describe('a route without a role', () => {
  it('is rejected when it is added', () => {
    const add = (): unknown => server().get('/api/v1/forgotten', () => 'open to all');
    expect(add).toThrow('GET /api/v1/forgotten has no role. Declare it with @Endpoint({ role }).');
  });

  it('is not exempt because its path resembles that of the documentation', () => {
    for (const path of ['/docsx', '/openapi.json.bak', '/api/v1/docs']) {
      expect(() => server().get(path, () => '')).toThrow(`GET ${path} has no role`);
    }
  });
});

it('routes with a role and the documentation can be added', () => {
  const add = (): unknown =>
    server()
      .get('/docs', () => '')
      .get('/docs/*', () => '')
      .get('/openapi.json', () => '')
      .get('/api/v1/thought-of', { config: { role: 'viewer' } }, () => '');
  expect(add).not.toThrow();
});
