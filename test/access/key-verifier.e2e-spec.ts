import { Logger } from '@nestjs/common';
import { AbstractLogger, DataSource, type LogLevel, type LogMessage } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { ApiKey } from '../../src/access/api-key.entity';
import { ApiKeyService } from '../../src/access/api-key.service';
import { CommandRunner } from '../../src/idempotency/command-runner';
import { ANONYMOUS } from '../../src/access/caller';
import { KeyVerifier } from '../../src/access/key-verifier';
import { makeSecret } from '../../src/access/key-verifier';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';

/** Writes down what the database is asked. */
class Statements extends AbstractLogger {
  readonly all: string[] = [];

  protected writeLog(level: LogLevel, messages: LogMessage | string | number | (LogMessage | string | number)[]): void {
    for (const message of [messages].flat()) {
      this.all.push(typeof message === 'object' ? String(message.message) : `${level} ${message}`);
    }
  }
}

let database: TestDatabase;
let source: DataSource;
let verifier: KeyVerifier;
let keys: ApiKeyService;
const statements = new Statements(['query']);

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  source = await new DataSource({
    ...dataSourceOptions(database.url),
    logging: ['query'],
    logger: statements,
  }).initialize();
  verifier = new KeyVerifier(source.getRepository(ApiKey));
  keys = new ApiKeyService(source.getRepository(ApiKey), verifier);
});
afterAll(async () => {
  await verifier.onModuleDestroy();
  await source.destroy();
  await database.drop();
});

const makeKey = (name: string) =>
  new CommandRunner(source).execute(
    keys.createKey({ name, actorKind: 'agent', role: 'worker', projectId: null, expiresAt: null }, ANONYMOUS),
  );

const asked = (verb: string): number => statements.all.filter((statement) => statement.startsWith(verb)).length;

describe('KeyVerifier', () => {
  beforeEach(async () => {
    await verifier.onModuleDestroy();
    statements.all.length = 0;
  });

  it('queries the database once for concurrent requests with one key, and then uses the cache', async () => {
    const { secret, key } = await makeKey('popular');
    statements.all.length = 0;
    const callers = await Promise.all(Array.from({ length: 50 }, () => verifier.authenticate(secret)));
    expect(new Set(callers.map((caller) => caller?.keyId))).toEqual(new Set([key.id]));
    const known = verifier.authenticate(secret);
    expect(known).toEqual({ name: 'popular', actorKind: 'agent', role: 'worker', projectId: null, keyId: key.id });
    await verifier.onModuleDestroy();
    expect([asked('SELECT'), asked('UPDATE')]).toEqual([1, 1]);
  });

  it('records the last use of a key at most once a minute', async () => {
    const { secret } = await makeKey('busy');
    for (let i = 0; i < 3; i += 1) {
      verifier.forget();
      await verifier.authenticate(secret);
      await verifier.onModuleDestroy();
    }
    expect(asked('UPDATE')).toBe(1);
    await database.query(`UPDATE api_keys SET last_used_at = clock_timestamp() - interval '61 s' WHERE name = 'busy'`);
    verifier.forget();
    await verifier.authenticate(secret);
    await verifier.onModuleDestroy();
    expect(asked('UPDATE')).toBe(2);
  });

  it('does not query the database for a text that cannot be a key', () => {
    for (const text of ['', 'pl_', 'x'.repeat(46), `${makeSecret()}x`, `${makeSecret().slice(0, -1)}ä`]) {
      expect(verifier.authenticate(text)).toBeUndefined();
    }
    expect(statements.all).toEqual([]);
  });

  it('does not cache invalid keys, so that they cannot evict valid ones', async () => {
    const secret = makeSecret();
    for (let i = 0; i < 2; i += 1) expect(await verifier.authenticate(secret)).toBeUndefined();
    expect(asked('SELECT')).toBe(2);
  });

  it('throws on a database error, without rejecting or admitting the caller', async () => {
    const { secret } = await makeKey('unlucky');
    await database.query('ALTER TABLE api_keys RENAME TO away');
    await expect(verifier.authenticate(secret)).rejects.toThrow(/api_keys/);
    await database.query('ALTER TABLE away RENAME TO api_keys');
    expect(await verifier.authenticate(secret)).toMatchObject({ name: 'unlucky' });
  });
});
