import { migrate } from '../../src/database/migrate';
import { dataSourceOptions } from '../../ormconfig';
import { createTestDatabase } from '../../testkit/database';
import { hasDebianPostgres, startDebianPostgres } from '../../testkit/debian-postgres';
import { describeWith } from '../../testkit/requirements';

/** Where a suite runs. */
interface Server {
  /** @returns the URL of a migrated database of its own */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Declares a suite once for the PostgreSQL of this test run and once for PostgreSQL 15.
 *
 * @param declare gets a function that gives, inside hooks and tests, the URL of a migrated database
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
  // After the hooks of the suite: they run in the order they are declared in.
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
