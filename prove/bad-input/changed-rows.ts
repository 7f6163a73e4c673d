import type { Client } from 'pg';

/** A ticket whose row was written. */
export interface ChangedTicket {
  /** How often requests have changed it, and once for its creation; a migration goes on by itself, long after its request. */
  readonly changes: number;
  /** Whether a migration wrote the row. */
  readonly byMigration: boolean;
}

/** Rows that were written since a moment. */
export interface Changed {
  /** By ticket. */
  readonly tickets: ReadonlyMap<string, ChangedTicket>;
  /** Tickets that have new rows of history or events, other than of a migration. */
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
  'workflow_migrations',
  'unsettled_moves',
  'migrations',
]);

const TICKETS = `
  SELECT tickets.id, tickets.version - coalesce(migrated.times, 0)::int AS changes,
         coalesce(migrated.last = tickets.version, false) AS "byMigration"
    FROM tickets
    LEFT JOIN LATERAL (SELECT count(*) AS times, max(version) AS last
                         FROM ticket_events WHERE ticket_id = tickets.id AND type = 'migrated') AS migrated ON true
   WHERE true`;

const TRACES = [
  `SELECT ticket_id AS id FROM phase_history WHERE kind <> 'migration'`,
  `SELECT ticket_id AS id FROM ticket_events WHERE type <> 'migrated'`,
];

/** Finds out which rows were written, by the transaction that each row names as its writer. */
export class RowWatch {
  private since = 0;
  private others: string[] = [];

  private constructor(private readonly client: Client) {}

  static async on(client: Client): Promise<RowWatch> {
    const watch = new RowWatch(client);
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    watch.others = rows.map(({ name }) => name).filter((name) => !NOT_LOOKED_AT.has(name));
    return watch;
  }

  /** From now on. */
  async begin(): Promise<void> {
    const { rows } = await this.client.query<{ now: string }>('SELECT pg_current_xact_id()::text AS now');
    this.since = Number(rows[0]!.now);
  }

  async changed(): Promise<Changed> {
    const tickets = await this.rows<ChangedTicket & { id: string }>(TICKETS, 'tickets.xmin');
    const traced = new Set<string>();
    for (const select of TRACES) {
      for (const { id } of await this.rows<{ id: string }>(select)) traced.add(id);
    }
    const others = new Map<string, number>();
    for (const name of this.others) others.set(name, (await this.rows(`SELECT 1 FROM ${name} WHERE true`)).length);
    return { tickets: new Map(tickets.map(({ id, ...ticket }) => [id, ticket])), traced, others };
  }

  /** A database this young has not used up its transaction ids, so the later one is the larger one. */
  private async rows<R extends object>(select: string, writer = 'xmin'): Promise<R[]> {
    const { rows } = await this.client.query<R>(`${select} AND ${writer}::text::bigint > $1`, [this.since]);
    return rows;
  }
}
