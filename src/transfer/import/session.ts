import { Client, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';

const CONNECT_TIMEOUT = 10_000;

/**
 * Everything is looked up by keys, few or many at a time, in tables that may be small when a plan is made and large when
 * it is used. So plans are made once, and none may read a whole table.
 */
const SETTINGS = `
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
  SET default_transaction_isolation = 'read committed';
  SET lock_timeout = '5s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

/** A connection of the import's own, beside those of the application. */
export class Session {
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Session> {
    const client = new Client({
      connectionString: url,
      application_name: 'phaseline import',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
    });
    // A connection that breaks fails its statements; without a listener it would end the process, too.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(SETTINGS);
    return new Session(client);
  }

  query<R extends QueryResultRow>(query: string | QueryConfig): Promise<QueryResult<R>> {
    return this.inTurn(() => this.client.query<R>(query));
  }

  /** Rows as arrays of their columns. */
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

  /** Ends the connection, also in the middle of a statement. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  /** Statements that are asked for at the same time come one after the other. */
  private inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.turn.then(ask);
    this.turn = answer.catch(() => undefined);
    return answer;
  }
}
