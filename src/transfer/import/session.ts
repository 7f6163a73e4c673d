import type { QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { watchWarnings } from '../../database/commit-warning';
import { createClient, type DatabaseClient } from '../../database/connection';
import { poolModeOf } from '../../database/pooler';
import { TransferError } from '../transfer-error';

/**
 * Generic plans without sequential scans: all lookups are by key, in tables that may be small when a statement is
 * planned and large when it runs.
 */
const SETTINGS = `
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
  SET default_transaction_isolation = 'read committed';
  SET lock_timeout = '5s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

/** A connection of the import, separate from those of the application. */
export class Session {
  private turn: Promise<unknown> = Promise.resolve();

  private running = 0;

  private constructor(
    private readonly client: DatabaseClient,
    private readonly isPooled: boolean,
  ) {}

  static async open(url: string): Promise<Session> {
    const client = createClient(url, { program: 'phaseline import' });
    await client.connect();
    await client.query(SETTINGS);
    return new Session(client, poolModeOf(url) !== 'direct');
  }

  query<R extends QueryResultRow>(query: string | QueryConfig): Promise<QueryResult<R>> {
    return this.inTurn(() => this.client.query<R>(query));
  }

  /** Runs a query and returns each row as an array of columns. */
  async rows<R extends unknown[]>(query: QueryConfig): Promise<R[]> {
    const { rows } = await this.inTurn(() => this.client.query<R>({ ...query, rowMode: 'array' }));
    return rows;
  }

  /** Runs work in one transaction. */
  async inTransaction(work: () => Promise<void>): Promise<void> {
    await this.query('BEGIN');
    try {
      await work();
      await this.query('COMMIT');
    } catch (error) {
      await this.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Waits until a synchronous standby has everything that was committed before, by whichever session. */
  async confirm(): Promise<void> {
    // A transaction that writes to the log waits for the standby. Reads do not.
    await this.query(`SELECT pg_logical_emit_message(true, 'phaseline', '')`);
  }

  /** Closes the connection, even during a statement. Leaves nothing on the session of a pooler, which others use next. */
  async close(): Promise<void> {
    if (this.isPooled && this.running === 0) await this.client.query('DISCARD ALL').catch(() => undefined);
    await this.client.end().catch(() => undefined);
  }

  /**
   * Runs concurrent statements one after the other.
   *
   * @throws TransferError when the database did not wait for its synchronous standby
   */
  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    this.running++;
    const result = this.turn.then(async () => {
      const { result: answer, warning } = await watchWarnings(this.client, run);
      if (warning === undefined) return answer;
      const advice = 'A fail-over may lose what was written. Run the same command again to continue.';
      throw new TransferError(`the database warned: ${warning}\n${advice}`);
    });
    this.turn = result.catch(() => undefined).finally(() => this.running--);
    return result;
  }
}
