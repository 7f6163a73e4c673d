import { createClient, LONG_TRANSACTION, type DatabaseClient } from './connection';
import { RowStream } from './row-stream';

/** Value of a column, as node-postgres returns it. */
export type Column = string | number | boolean | null;

/** A query with an ORDER BY, which is read a page at a time. */
export interface OrderedQuery<T> {
  readonly text: string;
  /** Values of `$1`, `$2` … */
  readonly values?: readonly unknown[];
  /** Maximum number of rows per round trip. */
  readonly page: number;
  toRow(columns: Column[]): T;
}

/**
 * A consistent snapshot of the whole database: one read-only REPEATABLE READ transaction. It blocks migrations and
 * nothing else.
 */
export class Snapshot {
  roundTrips = 0;
  private last: Promise<unknown> = Promise.resolve();
  private cursors = 0;

  private readonly interrupt = (): void => void this.close();

  private constructor(
    private readonly client: DatabaseClient,
    private readonly signal: AbortSignal | undefined,
  ) {
    signal?.addEventListener('abort', this.interrupt);
  }

  /**
   * Connects and begins the transaction.
   *
   * @param program the application name that the database shows
   * @param signal ends the snapshot, even during a statement
   * @throws the signal's reason, here and in every read
   */
  static async open(url: string, program: string, signal?: AbortSignal): Promise<Snapshot> {
    signal?.throwIfAborted();
    const client = createClient(url, { program });
    await client.connect();
    const snapshot = new Snapshot(client, signal);
    try {
      // The signal may have been sent before the listener was added.
      signal?.throwIfAborted();
      await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await snapshot.query(LONG_TRANSACTION);
      // Plans optimize for reading all rows, not for a fast first row.
      await snapshot.query('SET LOCAL cursor_tuple_fraction = 1');
      return snapshot;
    } catch (error) {
      await snapshot.close();
      throw error;
    }
  }

  /** Returns the names of the database's migrations; null when it has no tables of Phaseline. */
  async readMigrations(): Promise<string[] | null> {
    const [[isPhaseline] = []] = await this.query(
      `SELECT to_regclass('migrations') IS NOT NULL AND to_regclass('tickets') IS NOT NULL`,
    );
    if (isPhaseline !== true) return null;
    return (await this.query('SELECT name FROM migrations ORDER BY id')).map(([name]) => String(name));
  }

  /** Runs a query after the ones before it, because streams fetch their pages independently of each other. */
  query(text: string, values: readonly unknown[] = []): Promise<Column[][]> {
    this.roundTrips++;
    const query = { text, values: [...values], rowMode: 'array' as const };
    const result = this.last.then(() => this.client.query<Column[]>(query));
    this.last = result.catch(() => undefined);
    return result.then(
      ({ rows }) => rows,
      (error: unknown) => {
        this.signal?.throwIfAborted();
        throw error;
      },
    );
  }

  /** Opens a cursor. */
  async stream<T extends object>({ text, values, page, toRow }: OrderedQuery<T>): Promise<RowStream<T>> {
    const cursor = `snapshot_${++this.cursors}`;
    await this.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${text}`, values);
    return new RowStream(async () => (await this.query(`FETCH ${page} FROM ${cursor}`)).map(toRow));
  }

  /** Ends the transaction and the connection, even during a statement. */
  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.interrupt);
    await this.client.end().catch(() => undefined);
  }
}
