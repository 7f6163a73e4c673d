import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSourceOptions, MIGRATION_NAMES } from '../../../ormconfig';
import type { Config } from '../../config/config';
import { holdsData } from '../../database/embedded/data-directory';
import { migrate } from '../../database/migrate';
import { openDatabase, type OpenDatabase } from '../../database/open-database';
import { poolModeOf } from '../../database/pooler';
import { otherVersion } from '../../database/schema-version';
import { TransferError } from '../transfer-error';
import { Session } from './session';

/** The database that receives the import. */
export interface ImportDatabase extends OpenDatabase {
  /** True for a database without tables, which occurs only in a dry run. */
  readonly isEmpty: boolean;
}

/** Opens and migrates the database, as the application does. */
export async function openForImport(
  config: Config,
  say: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<ImportDatabase> {
  const database = await openDatabase(config, say, onFailure);
  try {
    requireSession(database.url);
    for (const name of await migrate(dataSourceOptions(database.url))) say(`Migrated: ${name}`);
    return { ...database, isEmpty: false };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Opens the database without migrating it. When there is no database yet, a dry run uses a temporary one.
 *
 * @throws TransferError when the database has another schema version
 */
export async function openForDryRun(
  config: Config,
  say: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<ImportDatabase> {
  if (config.databaseUrl === undefined && !holdsData(config.dataDir)) return openThrowaway(config, say, onFailure);
  const database = await openDatabase(config, say, onFailure);
  try {
    requireSession(database.url);
    return { ...database, isEmpty: await isEmptyDatabase(database.url) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** @throws TransferError when a pooler gives each transaction another session: an import needs temporary tables and cursors */
function requireSession(url: string): void {
  if (poolModeOf(url) !== 'transaction') return;
  throw new TransferError(
    'DATABASE_URL leads to a pooler in transaction mode, and an import needs a session. Set DATABASE_DIRECT_URL, or name ' +
      'the database without the pooler with --database-url.',
  );
}

async function openThrowaway(
  config: Config,
  say: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<ImportDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'phaseline-dry-run-'));
  const remove = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    // The PostgreSQL account must be able to traverse the directory.
    await chmod(dataDir, 0o755);
    const database = await openDatabase({ ...config, dataDir }, () => undefined, onFailure);
    say(`There is no database in ${config.dataDir} yet. The dry run uses a temporary database.`);
    const close = (): Promise<void> => database.close().finally(remove);
    return { ...database, place: 'a temporary database', close, isEmpty: true };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** @throws TransferError when the database has another schema version: a dry run does not migrate it */
async function isEmptyDatabase(url: string): Promise<boolean> {
  const session = await Session.open(url);
  try {
    const [[hasOurs] = []] = await session.rows({ text: `SELECT to_regclass('migrations') IS NOT NULL` });
    if (hasOurs !== true) return true;
    const found = (await session.rows<[string]>({ text: 'SELECT name FROM migrations' })).flat();
    const reason = otherVersion(found, MIGRATION_NAMES);
    if (reason !== undefined) throw new TransferError(reason);
    return false;
  } finally {
    await session.close();
  }
}
