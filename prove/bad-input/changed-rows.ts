import type { Client } from 'pg';
import type { Exchange } from './fuzzer';

/** A ticket whose row was written. */
export interface ChangedTicket {
  /** Changes by requests, including its creation. Migrations do not count, because they continue after their request. */
  readonly changes: number;
  /** True: a migration wrote the row last. */
  readonly byMigration: boolean;
}

/** Rows that were written since a moment. */
export interface ChangedRows {
  /** By ticket. */
  readonly tickets: ReadonlyMap<string, ChangedTicket>;
  /** Tickets with new rows in history or events that no migration wrote. */
  readonly traced: ReadonlySet<string>;
  /** The number of rows by table. */
  readonly others: ReadonlyMap<string, number>;
}

/** Tables that are checked separately, or that rejected requests write on purpose. */
const EXCLUDED = new Set([
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

/** Finds the rows that were written since `begin`, by the transaction id of each row. */
export class RowWatch {
  private since = 0;
  private others: string[] = [];

  private constructor(private readonly client: Client) {}

  static async on(client: Client): Promise<RowWatch> {
    const watch = new RowWatch(client);
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    watch.others = rows.map(({ name }) => name).filter((name) => !EXCLUDED.has(name));
    return watch;
  }

  /** Starts the observed interval. */
  async begin(): Promise<void> {
    const { rows } = await this.client.query<{ now: string }>('SELECT pg_current_xact_id()::text AS now');
    this.since = Number(rows[0]!.now);
  }

  async changed(): Promise<ChangedRows> {
    const tickets = await this.rows<ChangedTicket & { id: string }>(TICKETS, 'tickets.xmin');
    const traced = new Set<string>();
    for (const select of TRACES) {
      for (const { id } of await this.rows<{ id: string }>(select)) traced.add(id);
    }
    const others = new Map<string, number>();
    for (const name of this.others) others.set(name, (await this.rows(`SELECT 1 FROM ${name} WHERE true`)).length);
    return { tickets: new Map(tickets.map(({ id, ...ticket }) => [id, ticket])), traced, others };
  }

  /** Transaction ids of a new database have not wrapped around, so later ones are larger. */
  private async rows<R extends object>(select: string, writer = 'xmin'): Promise<R[]> {
    const { rows } = await this.client.query<R>(`${select} AND ${writer}::text::bigint > $1`, [this.since]);
    return rows;
  }
}

/** Compares changed rows with the accepted requests. Every other change is an error. */
export class ChangeChecker {
  private readonly changes: Map<string, number>;

  /** @param ids of the existing tickets, which have version 1 */
  constructor(ids: readonly string[]) {
    this.changes = new Map(ids.map((id) => [id, 1]));
  }

  /** Returns the changes that no accepted request explains. */
  unexplained(exchanges: readonly Exchange[], { tickets, traced, others }: ChangedRows): string[] {
    const accepted = exchanges.filter(({ request, response }) => isCommand(request.method) && isAccepted(response));
    const allowed = countsOf(accepted.flatMap(ticketsOf));
    const errors = [...tickets].flatMap(([id, { changes: now, byMigration }]) => {
      const changes = now - (this.changes.get(id) ?? 0);
      this.changes.set(id, now);
      const limit = allowed.get(id) ?? 0;
      return changes <= limit && (limit > 0 || byMigration)
        ? []
        : [`ticket ${id}: ${changes} changes, ${limit} accepted`];
    });
    const unrequested = [...traced]
      .filter((id) => !allowed.has(id))
      .map((id) => `ticket ${id}: new rows, nothing accepted`);
    return [...errors, ...unrequested, ...elsewhere(others, accepted)];
  }
}

/** Returns the other tables with more new rows than the accepted requests can have written. */
function elsewhere(others: ChangedRows['others'], accepted: readonly Exchange[]): string[] {
  const defined = bodiesOf(accepted, '/workflows', 201);
  const migrated = bodiesOf(accepted, '/migrations', 202);
  const edges = [...defined.map(({ transitions }) => transitions), ...migrated.map(({ phases }) => phases)];
  const limits = new Map([
    ['workflows', defined.length],
    ['graphs', defined.length + migrated.length],
    ['graph_phases', defined.reduce((sum, { phases }) => sum + Object.keys(phases).length, 0)],
    ['graph_edges', edges.reduce((sum, list) => sum + Object.keys(list).length, 0)],
  ]);
  return [...others].flatMap(([table, rows]) => {
    const allowed = limits.get(table) ?? accepted.length;
    return rows > allowed ? [`${rows} new rows of ${table}, but at most ${allowed} accepted`] : [];
  });
}

/** Returns the bodies of responses to requests that create graphs. */
function bodiesOf(
  exchanges: readonly Exchange[],
  path: string,
  status: number,
): { transitions: object; phases: object }[] {
  return exchanges
    .filter(({ operation, response }) => operation.path.endsWith(path) && response?.status === status)
    .map(({ response }) => JSON.parse(response?.text ?? '{}') as { transitions: object; phases: object });
}

function isCommand(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function isAccepted(response: Exchange['response']): boolean {
  return response !== undefined && response.status < 300;
}

/** Returns the tickets that an accepted request may have changed, once per change. */
function ticketsOf({ operation, request, response }: Exchange): string[] {
  const inPath = /\/tickets\/([0-9a-f-]{36})/i.exec(request.target)?.[1];
  if (inPath !== undefined) return [inPath.toLowerCase()];
  const body = Object(response?.text ? JSON.parse(response.text) : {}) as {
    id?: string;
    results?: { ticket_id: string; status: string }[];
  };
  if (operation.path.endsWith('/transitions')) {
    return (body.results ?? []).flatMap(({ ticket_id, status }) => (status === 'ok' ? [ticket_id] : []));
  }
  return body.id === undefined ? [] : [body.id];
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
