import { Pool, type PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * A pool beside TypeORM's whose connections send statements without waiting for the answers to earlier ones, so that
 * several statements cost one round trip.
 *
 * @param size connections kept at most
 * @param onError is told when an idle connection is lost
 */
export function createPipelinedPool(dataSource: DataSource, size: number, onError: (error: Error) => void): Pool {
  const { url, applicationName, extra } = dataSource.options as {
    url?: string;
    applicationName?: string;
    extra?: PoolConfig;
  };
  const settings = { connectionString: url, application_name: applicationName, ...extra, max: size, pipeline: true };
  const pool = new Pool(settings as PoolConfig);
  pool.on('error', onError);
  // A connection that breaks while it is used fails its statements; without a listener it would end the process, too.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
