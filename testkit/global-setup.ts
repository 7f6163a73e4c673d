import { dataSourceOptions } from '../ormconfig';
import { migrate } from '../src/database/migrate';
import { TemporaryCluster } from './cluster';
import { TEMPLATE } from './database';

declare global {
  var testCluster: TemporaryCluster;
}

/** Starts one PostgreSQL for the whole run, with a migrated database that every test file copies. */
export default async function globalSetup(): Promise<void> {
  globalThis.testCluster = await TemporaryCluster.start({ owner: 'test', durable: false });
  process.env['TEST_POSTGRES_URL'] = globalThis.testCluster.postgres.url;
  await migrate(dataSourceOptions(await globalThis.testCluster.create(TEMPLATE)));
}
