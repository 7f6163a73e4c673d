import { Client } from 'pg';
import { RowStream } from './row-stream';

/** What node-postgres makes of a column. */
export type Column = string | number | boolean | null;

/** A query whose rows come in an order of its own, a page at a time. */
export interface OrderedQuery<T> {
  readonly text: string;
  /** What `$1`, `$2` … in it stand for. */
  readonly values?: readonly unknown[];
  /** Rows that one round trip brings at most. */
  readonly page: number;
  toRow(columns: Column[]): T;
}

/** However long the reading takes, it takes that long: no limit of the server or the role ends it. */
const NO_LIMITS = `
  SELECT set_config(name, '0', true) FROM pg_settings
   WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`;

const CONNECT_TIMEOUT = 10_000;

/**
 * The whole database at one moment: one transaction that cannot write and sees nothing of what happens beside it. It locks
 * nothing that anybody else waits for, but migrations.
 */
export class Snapshot {
  roundTrips = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private cursors = 0;

  private readonly interrupt = (): void => void this.close();

  private constructor(
    private readonly client: Client,
    private readonly signal: AbortSignal | undefined,
  ) {
    signal?.addEventListener('abort', this.interrupt);
  }

  /**
   * @param program what the database is told who reads
   * @param signal ends the reading, also in the middle of a statement
   * @throws the signal's reason, here and in everything that reads
   */
  static async open(url: string, program: string, signal?: AbortSignal): Promise<Snapshot> {
    signal?.throwIfAborted();
    const client = new Client({
      connectionString: url,
      application_name: program,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
    });
    // A connection that breaks fails its statements; without a listener it would end the process, too.
    client.on('error', () => undefined);
    await client.connect();
    const snapshot = new Snapshot(client, signal);
    try {
      // Asked while it connected: nobody listened yet.
      signal?.throwIfAborted();
      await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await snapshot.query(NO_LIMITS);
      // Plans are made for reading everything, not for a quick first row.
      await snapshot.query('SET LOCAL cursor_tuple_fraction = 1');
      return snapshot;
    } catch (error) {
      await snapshot.close();
      throw error;
    }
  }

  /** The names of the migrations that the database has; null where it has none of our tables. */
  async readMigrations(): Promise<string[] | null> {
    const [[isOurs] = []] = await this.query(
      `SELECT to_regclass('migrations') IS NOT NULL AND to_regclass('tickets') IS NOT NULL`,
    );
    if (isOurs !== true) return null;
    return (await this.query('SELECT name FROM migrations ORDER BY id')).map(([name]) => String(name));
  }

  /** One after the other: streams ask for their next pages without waiting for each other. */
  query(text: string, values: readonly unknown[] = []): Promise<Column[][]> {
    this.roundTrips++;
    const query = { text, values: [...values], rowMode: 'array' as const };
    const answer = this.turn.then(() => this.client.query<Column[]>(query));
    this.turn = answer.catch(() => undefined);
    return answer.then(
      ({ rows }) => rows,
      (error: unknown) => {
        this.signal?.throwIfAborted();
        throw error;
      },
    );
  }

  async stream<T extends object>({ text, values, page, toRow }: OrderedQuery<T>): Promise<RowStream<T>> {
    const cursor = `snapshot_${++this.cursors}`;
    await this.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${text}`, values);
    return new RowStream(async () => (await this.query(`FETCH ${page} FROM ${cursor}`)).map(toRow));
  }

  /** Ends the transaction, or the connection in the middle of a statement. */
  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.interrupt);
    await this.client.end().catch(() => undefined);
  }
}
