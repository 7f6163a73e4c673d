import type { Client } from 'pg';

/** Rows that were written since a moment. */
export interface Changed {
  /** Ticket → its version now. */
  readonly tickets: ReadonlyMap<string, number>;
  /** Tickets that have new rows of history or events. */
  readonly traced: ReadonlySet<string>;
  /** Other tables → how many of their rows. */
  readonly others: ReadonlyMap<string, number>;
}

/** Kept beside the effect of a request, or kept of a refusal on purpose. */
const NOT_LOOKED_AT = new Set([
  'tickets',
  'phase_history',
  'ticket_events',
  'idempotency_keys',
  'unsettled_moves',
  'migrations',
]);

/** Finds out which rows were written, by the transaction that each row names as its writer. */
export class RowWatch {
  private since = 0;
  private traces: string[] = [];
  private others: string[] = [];

  private constructor(private readonly client: Client) {}

  static async on(client: Client): Promise<RowWatch> {
    const watch = new RowWatch(client);
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const names = rows.map(({ name }) => name);
    watch.traces = names.filter((name) => name === 'phase_history' || name === 'ticket_events');
    watch.others = names.filter((name) => !NOT_LOOKED_AT.has(name));
    return watch;
  }

  /** From now on. */
  async begin(): Promise<void> {
    const { rows } = await this.client.query<{ now: string }>('SELECT pg_current_xact_id()::text AS now');
    this.since = Number(rows[0]!.now);
  }

  async changed(): Promise<Changed> {
    const tickets = await this.rows<{ id: string; version: number }>('SELECT id, version FROM tickets');
    const traced = new Set<string>();
    for (const name of this.traces) {
      for (const { id } of await this.rows<{ id: string }>(`SELECT ticket_id AS id FROM ${name}`)) traced.add(id);
    }
    const others = new Map<string, number>();
    for (const name of this.others) others.set(name, (await this.rows(`SELECT 1 FROM ${name}`)).length);
    return { tickets: new Map(tickets.map(({ id, version }) => [id, version])), traced, others };
  }

  /** A database this young has not used up its transaction ids, so the later one is the larger one. */
  private async rows<R extends object>(select: string): Promise<R[]> {
    const { rows } = await this.client.query<R>(`${select} WHERE xmin::text::bigint > $1`, [this.since]);
    return rows;
  }
}
