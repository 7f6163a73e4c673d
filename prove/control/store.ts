import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { withClient } from '../../testkit/cluster';

export interface TicketRequest {
  readonly title: string;
  readonly description?: unknown;
  readonly priority?: unknown;
  readonly workflow?: string;
  readonly phase_id?: string;
}

/** A row of `tickets`. */
export interface TicketRow {
  id: string;
  workflow: string;
  workflow_version: number;
  title: string;
  description: string | null;
  priority: string;
  phase_id: string;
  previous_phase_id: string | null;
  phase_entered_at: Date;
  transition_count: number;
  version: number;
  created_at: Date;
  updated_at: Date;
  archived_at: Date | null;
}

export interface HistoryRow {
  id: string;
  ticket_id: string;
  sequence: number;
  from_phase: string;
  to_phase: string;
  transition_reason: string | null;
  transitioned_by: string;
  actor_kind: string;
  artifacts: unknown;
  kind: string;
  version: number;
  created_at: Date;
}

const TICKET = `id, (SELECT workflow FROM graphs WHERE id = graph_id) AS workflow,
  (SELECT version FROM graphs WHERE id = graph_id) AS workflow_version, title, description, priority, phase_id, previous_phase_id, phase_entered_at, transition_count, version,
  created_at, updated_at, archived_at`;

const ENTRY = `id, ticket_id, sequence, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind,
  version, created_at`;

/** Statements that trust the values that were read before. */
export class NaiveStore {
  constructor(private readonly pool: Pool) {}

  async find(id: string): Promise<TicketRow | undefined> {
    const { rows } = await this.pool.query<TicketRow>(`SELECT ${TICKET} FROM tickets WHERE id = $1`, [id]);
    return rows[0];
  }

  async create({ title, description, priority, workflow, phase_id }: Required<TicketRequest>): Promise<TicketRow> {
    const { rows } = await this.pool.query<TicketRow>(
      `INSERT INTO tickets (id, title, description, priority, initial_phase_id, phase_id, graph_id)
         SELECT $1, $2, $3, $4, $5, $5, max(id) FROM graphs WHERE workflow = $6 RETURNING ${TICKET}`,
      [randomUUID(), title, description ?? null, priority ?? 'MEDIUM', phase_id, workflow],
    );
    const created = rows[0] as TicketRow;
    await this.addEvent(created, 'created');
    return created;
  }

  /** Writes every column that may have changed, as an ORM's `save()` does. */
  async save(ticket: TicketRow): Promise<TicketRow> {
    const { id, title, description, priority, phase_id, previous_phase_id, transition_count, version } = ticket;
    const { rows } = await this.pool.query<TicketRow>(
      `UPDATE tickets SET title = $2, description = $3, priority = $4, phase_id = $5, previous_phase_id = $6,
              transition_count = $7, version = $8, archived_at = $9, phase_entered_at = $10,
              updated_at = $11
        WHERE id = $1 RETURNING ${TICKET}`,
      [
        id,
        title,
        description,
        priority,
        phase_id,
        previous_phase_id,
        transition_count,
        version,
        ticket.archived_at,
        ticket.phase_entered_at,
        ticket.updated_at,
      ],
    );
    return rows[0] as TicketRow;
  }

  async addHistory(ticket: TicketRow, reason: unknown, by: unknown, artifacts: unknown): Promise<HistoryRow> {
    const { id, transition_count, previous_phase_id, phase_id, version, phase_entered_at } = ticket;
    const { rows } = await this.pool.query<HistoryRow>(
      `INSERT INTO phase_history (id, ticket_id, sequence, from_phase, to_phase, transition_reason, transitioned_by,
                                  artifacts, graph_id, version, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, graph_id, $9, $10 FROM tickets WHERE id = $2 RETURNING ${ENTRY}`,
      [
        randomUUID(),
        id,
        transition_count,
        previous_phase_id,
        phase_id,
        reason ?? null,
        by ?? 'system',
        artifacts ?? null,
        version,
        phase_entered_at,
      ],
    );
    return rows[0] as HistoryRow;
  }

  async addEvent({ id, version, updated_at }: TicketRow, type: string, entry?: HistoryRow): Promise<void> {
    await this.pool.query(
      'INSERT INTO ticket_events (ticket_id, version, type, at, sequence, actor) VALUES ($1, $2, $3, $4, $5, $6)',
      [id, version, type, updated_at, entry?.sequence ?? null, entry?.transitioned_by ?? 'system'],
    );
  }

  async history(ticketId: string): Promise<HistoryRow[]> {
    const { rows } = await this.pool.query<HistoryRow>(
      `SELECT ${ENTRY} FROM phase_history WHERE ticket_id = $1 ORDER BY sequence`,
      [ticketId],
    );
    return rows;
  }
}

/**
 * Removes the integrity constraints of a migrated database: its triggers and the primary keys of history and events. Also
 * acknowledges commits before they are on disk, as is often recommended for speed. The rest is the schema of an ordinary
 * tracker.
 */
export async function removeSafeguards(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; table: string }>(
      `SELECT quote_ident(tgname) AS name, tgrelid::regclass::text AS table FROM pg_trigger WHERE NOT tgisinternal`,
    );
    for (const { name, table } of rows) await client.query(`DROP TRIGGER ${name} ON ${table}`);
    await client.query('ALTER TABLE phase_history DROP CONSTRAINT phase_history_pkey');
    await client.query('ALTER TABLE ticket_events DROP CONSTRAINT ticket_events_pkey');
    await client.query('CREATE INDEX ON phase_history (ticket_id)');
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
  });
}
