import { ConfigError, readConfig } from './config';

const problemsOf = (environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('readConfig', () => {
  it('returns a default for every setting', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: undefined,
      dataDir: '.data',
      dbPoolSize: 10,
      dbWaitSeconds: 30,
      logLevel: 'info',
      auth: 'off',
      adminKeyFile: undefined,
      basePath: '',
      rateLimit: 0,
      corsOrigins: [],
      trustedProxies: [],
      shutdownGrace: 0,
    });
  });

  it('reads every setting', () => {
    const environment = {
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'postgres://me:secret@db/tickets',
      DATA_DIR: '/srv/phaseline',
      DB_POOL_SIZE: '25',
      DB_WAIT_SECONDS: '5',
      LOG_LEVEL: 'DEBUG',
      AUTH: 'Required',
      ADMIN_KEY_FILE: '/run/phaseline/admin.key',
      BASE_PATH: '/phaseline',
      RATE_LIMIT_MAX: '1200',
      CORS_ORIGINS: 'https://board.example, http://localhost:5173',
      TRUST_PROXY: '10.0.0.0/8,::1',
      SHUTDOWN_GRACE_SECONDS: '30',
    };
    expect(readConfig(environment)).toEqual({
      host: '0.0.0.0',
      port: 0,
      databaseUrl: 'postgres://me:secret@db/tickets',
      dataDir: '/srv/phaseline',
      dbPoolSize: 25,
      dbWaitSeconds: 5,
      logLevel: 'debug',
      auth: 'required',
      adminKeyFile: '/run/phaseline/admin.key',
      basePath: '/phaseline',
      rateLimit: 1200,
      corsOrigins: ['https://board.example', 'http://localhost:5173'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      shutdownGrace: 30,
    });
  });

  it('treats an empty value as absent', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toEqual(readConfig({}));
  });

  it('reports every invalid setting at once', () => {
    expect(problemsOf({ PORT: '3000x', DB_POOL_SIZE: '0', LOG_LEVEL: 'loud' })).toEqual([
      'PORT must be a whole number from 0 to 65535; got "3000x"',
      'DB_POOL_SIZE must be a whole number from 1 to 1000; got "0"',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent; got "loud"',
    ]);
  });

  it.each(['65536', '-1', '1e3', '3000.5'])('rejects the port %s', (port) => {
    expect(problemsOf({ PORT: port })).toHaveLength(1);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'tickets.example'])('rejects HOST=%s without authentication', (HOST) => {
    for (const AUTH of [undefined, '', 'off']) {
      expect(problemsOf({ HOST, AUTH })).toEqual([
        `AUTH must be required: other machines can reach HOST=${HOST}, ` +
          'and AUTH=off would let all of them change every ticket. Set AUTH=required, or HOST=127.0.0.1',
      ]);
    }
    expect(readConfig({ HOST, AUTH: 'required' })).toMatchObject({ host: HOST, auth: 'required' });
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('accepts HOST=%s with and without authentication', (HOST) => {
    expect(readConfig({ HOST }).auth).toBe('off');
    expect(readConfig({ HOST, AUTH: 'required' }).auth).toBe('required');
  });

  it('rejects an unknown value of AUTH', () => {
    expect(problemsOf({ AUTH: 'on' })).toEqual(['AUTH must be one of off, required; got "on"']);
  });

  it.each([
    ['on a loopback address', {}, 0, 0],
    ['on another address', { HOST: '0.0.0.0', AUTH: 'required' }, 600, 5],
    ['behind a proxy', { TRUST_PROXY: '127.0.0.1' }, 600, 5],
  ])(
    'a server %s has the defaults of the rate limit and of the grace period',
    (_, environment, rateLimit, shutdownGrace) => {
      expect(readConfig(environment)).toMatchObject({ rateLimit, shutdownGrace });
      expect(readConfig({ ...environment, SHUTDOWN_GRACE_SECONDS: '0' })).toMatchObject({ shutdownGrace: 0 });
    },
  );

  it('accepts any rate limit', () => {
    const open = { HOST: '0.0.0.0', AUTH: 'required' };
    expect(readConfig({ RATE_LIMIT_MAX: '7' }).rateLimit).toBe(7);
    expect(readConfig({ ...open, RATE_LIMIT_MAX: '0' }).rateLimit).toBe(0);
    expect(problemsOf({ RATE_LIMIT_MAX: '-1' })).toEqual([
      'RATE_LIMIT_MAX must be a whole number from 0 to 1000000; got "-1"',
    ]);
  });

  it.each(['phaseline', '/', '/phaseline/', '//x', '/a?b', '/a b', '/..', '/api', '/docs/x'])(
    'rejects BASE_PATH=%s',
    (text) => {
      expect(problemsOf({ BASE_PATH: text })).toEqual([
        expect.stringMatching(/^BASE_PATH must be a path such as \/phaseline/),
      ]);
    },
  );

  it.each(['*', 'https://board.example/', 'https://a.example,,https://b.example'])('rejects the origins %s', (text) => {
    expect(problemsOf({ CORS_ORIGINS: text })).toEqual([
      `CORS_ORIGINS must be comma-separated origins such as https://board.example; got ${JSON.stringify(text)}`,
    ]);
  });

  it.each(['true', '0.0.0.0/0', 'proxy.example'])('rejects %s as a trusted proxy', (text) => {
    expect(problemsOf({ TRUST_PROXY: text })).toEqual([
      `TRUST_PROXY must be comma-separated addresses or networks such as 10.0.0.0/8; got ${JSON.stringify(text)}`,
    ]);
  });

  it('does not show an invalid database URL', () => {
    const [problem] = problemsOf({ DATABASE_URL: 'mysql://me:hunter2@db/tickets' });
    expect(problem).toMatch(/^DATABASE_URL must be a postgres:\/\/ URL/);
    expect(problem).not.toContain('hunter2');
  });
});
