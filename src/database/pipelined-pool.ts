import type { Pool, PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { createPool } from './connection';

/**
 * Creates a pool beside TypeORM's whose connections send statements without waiting for earlier results, so that several
 * statements take one round trip.
 *
 * @param size maximum number of connections
 * @param onError called when an idle connection is lost
 */
export function createPipelinedPool(dataSource: DataSource, size: number, onError: (error: Error) => void): Pool {
  const { extra } = dataSource.options as { extra?: PoolConfig };
  return createPool({ ...extra, max: size, pipeline: true }, onError);
}
