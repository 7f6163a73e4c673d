import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { ApiKey } from '../../src/access/api-key.entity';
import { ApiKeyService } from '../../src/access/api-key.service';
import { KeyVerifier } from '../../src/access/key-verifier';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { runServerProcess, startServerProcess, type ServerProcess } from '../../testkit/server-process';

const SECRET = /pl_[\w-]{43}/g;

let database: TestDatabase;
beforeEach(async () => (database = await createTestDatabase()));
afterEach(() => database.drop());

const secretsIn = (servers: readonly ServerProcess[]): string[] =>
  servers.flatMap((server) => server.output().match(SECRET) ?? []);

describe('the first start with AUTH=required', () => {
  it('prints the key of an admin once, also if two processes start at the same time', async () => {
    const environment = { DATABASE_URL: database.url, AUTH: 'required', LOG_LEVEL: 'trace' };
    const servers = await Promise.all([0, 1].map(() => startServerProcess(environment)));
    const secrets = secretsIn(servers);
    expect(secrets).toHaveLength(1);
    for (const { origin } of servers) expect(await statusOf(origin, secrets[0])).toBe(200);
    expect(await statusOf(servers[0]!.origin)).toBe(401);
    expect(await database.query('SELECT name, role, project_id, expires_at FROM api_keys')).toEqual([
      { name: 'admin', role: 'admin', project_id: null, expires_at: null },
    ]);
    await Promise.all(servers.map((server) => server.stop()));
    expect(secretsIn(servers)).toHaveLength(1);

    const later = await startServerProcess(environment);
    await later.stop();
    expect(secretsIn([later])).toEqual([]);
  });

  it('creates no key when the secret cannot be delivered', async () => {
    const source = await new DataSource(dataSourceOptions(database.url, 2)).initialize();
    const keys = source.getRepository(ApiKey);
    const service = new ApiKeyService(keys, new KeyVerifier(keys));
    const refuse = (): Promise<void> => Promise.reject(new Error('disk full'));
    await expect(service.createFirstKey(refuse)).rejects.toThrow('disk full');
    expect(await database.query('SELECT 1 FROM api_keys UNION ALL SELECT 1 FROM api_key_events')).toEqual([]);
    await source.destroy();
  });

  it('creates one key for concurrent calls', async () => {
    const sources = await Promise.all(
      Array.from({ length: 6 }, () => new DataSource(dataSourceOptions(database.url, 2)).initialize()),
    );
    const services = sources.map((source) => {
      const keys = source.getRepository(ApiKey);
      return new ApiKeyService(keys, new KeyVerifier(keys));
    });
    const secrets: string[] = [];
    const deliver = (secret: string): void => void secrets.push(secret);
    await Promise.all(services.map((service) => service.createFirstKey(deliver)));
    expect(secrets).toEqual([expect.stringMatching(SECRET)]);
    expect(await database.query('SELECT count(*)::int AS keys FROM api_keys')).toEqual([{ keys: 1 }]);
    await Promise.all(sources.map((source) => source.destroy()));
  });
});

describe('ADMIN_KEY_FILE', () => {
  const directory = mkdtempSync(join(tmpdir(), 'phaseline-key-'));
  const path = join(directory, 'admin.key');
  const environment = () => ({ DATABASE_URL: database.url, AUTH: 'required', ADMIN_KEY_FILE: path });
  afterEach(() => rmSync(path, { force: true }));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(['', `pl_${'A'.repeat(43)}\n`])(
    'receives the first key instead of the output, and replaces %j',
    async (text) => {
      writeFileSync(path, text, { mode: 0o644 });
      const server = await startServerProcess(environment());
      const secret = readFileSync(path, 'utf8').trim();
      expect(await statusOf(server.origin, secret)).toBe(200);
      expect([secretsIn([server]), statSync(path).mode & 0o777]).toEqual([[], 0o600]);
      await server.stop();
      const later = await startServerProcess(environment());
      await later.stop();
      expect([readFileSync(path, 'utf8').trim(), readdirSync(directory)]).toEqual([secret, ['admin.key']]);
    },
  );

  it('keeps a file that holds something else, and the server does not start', async () => {
    writeFileSync(path, 'notes\n');
    const { code, output } = await runServerProcess(environment());
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`ADMIN_KEY_FILE ${path} exists and holds something else`),
    ]);
    expect(readFileSync(path, 'utf8')).toBe('notes\n');
    expect(await database.query('SELECT 1 FROM api_keys')).toEqual([]);
  });

  it('names the directory that is missing, and the server does not start', async () => {
    const { code, output } = await runServerProcess({ ...environment(), ADMIN_KEY_FILE: join(directory, 'no', 'key') });
    expect([code, output]).toEqual([1, expect.stringContaining('cannot be written to ADMIN_KEY_FILE')]);
    expect(await database.query('SELECT 1 FROM api_keys')).toEqual([]);
  });
});

describe('a start without AUTH', () => {
  it('creates no key when only this machine can connect', async () => {
    const server = await startServerProcess({ DATABASE_URL: database.url });
    expect(await statusOf(server.origin)).toBe(200);
    await server.stop();
    expect(secretsIn([server])).toEqual([]);
    expect(await database.query('SELECT 1 FROM api_keys')).toEqual([]);
  });

  it('is rejected when other machines could connect, with the setting to change', async () => {
    const { code, output } = await runServerProcess({ DATABASE_URL: database.url, HOST: '0.0.0.0' });
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/AUTH must be required: .*HOST=0\.0\.0\.0, and AUTH=off .*Set AUTH=required/),
    ]);
  });
});

async function statusOf(origin: string, secret?: string): Promise<number> {
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  return (await fetch(`${origin}/api/v1/phases`, { headers })).status;
}
