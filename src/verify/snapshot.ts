import { Client } from 'pg';
import type { StoredRun } from './audit-runs';
import { RowStream } from './row-stream';
import type { StoredGraph, StoredGraphs } from './stored-graph';
import type { Streams } from './join-records';
import { EVENTS, MOVES, TICKETS, type Column, type OrderedQuery } from './ordered-queries';

const GRAPHS = `
  SELECT id, workflow, version, kind, definition, from_graph_id, to_graph_id,
         coalesce(digest = sha256(convert_to(definition::text, 'UTF8')), false),
         (SELECT coalesce(json_agg(json_build_object('from', from_phase, 'to', to_phase) ORDER BY from_phase, to_phase), '[]')
            FROM graph_edges WHERE graph_id = graphs.id)
    FROM graphs ORDER BY id`;

/** However long the audit takes, it takes that long: no limit of the server or the role ends it. */
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

  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<Snapshot> {
    const client = new Client({
      connectionString: url,
      application_name: 'phaseline verify',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
    });
    // A connection that breaks fails its statements; without a listener it would end the process, too.
    client.on('error', () => undefined);
    await client.connect();
    const snapshot = new Snapshot(client);
    await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await snapshot.query(NO_LIMITS);
    return snapshot;
  }

  /** The names of the migrations that the database has; null where it has none of our tables. */
  async readMigrations(): Promise<string[] | null> {
    const [[isOurs] = []] = await this.query(
      `SELECT to_regclass('migrations') IS NOT NULL AND to_regclass('tickets') IS NOT NULL`,
    );
    if (isOurs !== true) return null;
    return (await this.query('SELECT name FROM migrations ORDER BY id')).map(([name]) => String(name));
  }

  async readGraphs(): Promise<StoredGraphs> {
    const rows = await this.query(GRAPHS);
    const keys = await this.query('SELECT key FROM workflows ORDER BY key');
    return { graphs: rows.map(graphOf), keys: keys.map(([key]) => String(key)) };
  }

  async readRuns(): Promise<StoredRun[]> {
    const rows = await this.query('SELECT id, plan_id, from_graph_id, moved FROM workflow_migrations ORDER BY id');
    return rows.map(([id, planId, fromGraphId, moved]) => ({ id, planId, fromGraphId, moved }) as unknown as StoredRun);
  }

  async countTickets(): Promise<number> {
    const [[tickets] = []] = await this.query('SELECT count(*)::float8 FROM tickets');
    return Number(tickets);
  }

  /** Null on a standby, which cannot read unlogged tables. */
  async countUnsettledMoves(): Promise<number | null> {
    const [[standby] = []] = await this.query('SELECT pg_is_in_recovery()');
    if (standby === true) return null;
    const [[rows] = []] = await this.query('SELECT count(*)::float8 FROM unsettled_moves');
    return Number(rows);
  }

  /** All tickets, moves and events. Their plans are made for reading everything, not for a quick first row. */
  async openStreams(): Promise<Streams> {
    await this.query('SET LOCAL cursor_tuple_fraction = 1');
    return {
      tickets: await this.stream('tickets', TICKETS),
      moves: await this.stream('moves', MOVES),
      events: await this.stream('events', EVENTS),
    };
  }

  /** Ends the transaction, or the connection in the middle of a statement. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  private async stream<T extends object>(name: string, { text, page, toRow }: OrderedQuery<T>): Promise<RowStream<T>> {
    await this.query(`DECLARE verify_${name} NO SCROLL CURSOR FOR ${text}`);
    return new RowStream(async () => (await this.query(`FETCH ${page} FROM verify_${name}`)).map(toRow));
  }

  /** One after the other: the streams ask for their next pages without waiting for each other. */
  private query(text: string): Promise<Column[][]> {
    this.roundTrips++;
    const answer = this.turn.then(() => this.client.query<Column[]>({ text, rowMode: 'array' }));
    this.turn = answer.catch(() => undefined);
    return answer.then(({ rows }) => rows);
  }
}

function graphOf(columns: Column[]): StoredGraph {
  const [id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges] = columns;
  const graph = { id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges };
  return graph as unknown as StoredGraph;
}
