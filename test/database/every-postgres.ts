import { migrate } from '../../src/database/migrate';
import { dataSourceOptions } from '../../ormconfig';
import { createTestDatabase } from '../../testkit/database';
import { hasDebianPostgres, startDebianPostgres } from '../../testkit/debian-postgres';
import { describeWith } from '../../testkit/requirements';

/** The PostgreSQL server that a suite runs on. */
interface Server {
  /** @returns the URL of a migrated database of its own */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Declares a suite twice: for the PostgreSQL of this test run and for PostgreSQL 15.
 *
 * @param declare receives a function that returns the URL of a migrated database inside hooks and tests
 */
export function describeOnEveryPostgres(title: string, declare: (url: () => string) => void): void {
  describe(`${title}, on the PostgreSQL of this run`, () => declareOn(serverOfThisRun(), declare));
  const requirement = { name: 'postgresql-15', present: hasDebianPostgres };
  describeWith(requirement, `${title}, on PostgreSQL 15`, () => declareOn(debianServer(), declare));
}

function declareOn(server: Server, declare: (url: () => string) => void): void {
  let url: string;
  beforeAll(async () => (url = await server.start()));
  declare(() => url);
  // Declared last, so that it runs after the hooks of the suite.
  afterAll(() => server.stop());
}

function serverOfThisRun(): Server {
  let drop = async (): Promise<void> => undefined;
  const start = async (): Promise<string> => {
    const database = await createTestDatabase();
    drop = database.drop;
    return database.url;
  };
  return { start, stop: () => drop() };
}

function debianServer(): Server {
  let stop = async (): Promise<void> => undefined;
  const start = async (): Promise<string> => {
    const postgres = await startDebianPostgres();
    stop = postgres.stop;
    const url = await postgres.createDatabase();
    await migrate(dataSourceOptions(url));
    return url;
  };
  return { start, stop: () => stop() };
}
