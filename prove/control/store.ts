import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

export interface TicketOrder {
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

export interface MoveRow {
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

const MOVE = `id, ticket_id, sequence, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind,
  version, created_at`;

/** Statements as one writes them without a second thought: each on its own, each on what was read a moment ago. */
export class NaiveStore {
  constructor(private readonly pool: Pool) {}

  async find(id: string): Promise<TicketRow | undefined> {
    const { rows } = await this.pool.query<TicketRow>(`SELECT ${TICKET} FROM tickets WHERE id = $1`, [id]);
    return rows[0];
  }

  async create({ title, description, priority, workflow, phase_id }: Required<TicketOrder>): Promise<TicketRow> {
    const { rows } = await this.pool.query<TicketRow>(
      `INSERT INTO tickets (id, title, description, priority, initial_phase_id, phase_id, graph_id)
         SELECT $1, $2, $3, $4, $5, $5, max(id) FROM graphs WHERE workflow = $6 RETURNING ${TICKET}`,
      [randomUUID(), title, description ?? null, priority ?? 'MEDIUM', phase_id, workflow],
    );
    await this.addEvent(rows[0]!, 'created');
    return rows[0]!;
  }

  /** Writes all that may have changed, as an ORM's `save()` does. */
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
    return rows[0]!;
  }

  async addHistory(ticket: TicketRow, reason: unknown, by: unknown, artifacts: unknown): Promise<MoveRow> {
    const { id, transition_count, previous_phase_id, phase_id, version, phase_entered_at } = ticket;
    const { rows } = await this.pool.query<MoveRow>(
      `INSERT INTO phase_history (id, ticket_id, sequence, from_phase, to_phase, transition_reason, transitioned_by,
                                  artifacts, graph_id, version, created_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, graph_id, $9, $10 FROM tickets WHERE id = $2 RETURNING ${MOVE}`,
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
    return rows[0]!;
  }

  async addEvent({ id, version, updated_at }: TicketRow, type: string, move?: MoveRow): Promise<void> {
    await this.pool.query(
      'INSERT INTO ticket_events (ticket_id, version, type, at, sequence, actor) VALUES ($1, $2, $3, $4, $5, $6)',
      [id, version, type, updated_at, move?.sequence ?? null, move?.transitioned_by ?? 'system'],
    );
  }

  async history(ticketId: string): Promise<MoveRow[]> {
    const { rows } = await this.pool.query<MoveRow>(
      `SELECT ${MOVE} FROM phase_history WHERE ticket_id = $1 ORDER BY sequence`,
      [ticketId],
    );
    return rows;
  }
}
