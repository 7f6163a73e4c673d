import { Pool, type PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * Creates a pool beside TypeORM's whose connections send statements without waiting for earlier results, so that several
 * statements take one round trip.
 *
 * @param size maximum number of connections
 * @param onError called when an idle connection is lost
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
  // Statements of a broken connection fail by themselves. Without a listener the error would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
