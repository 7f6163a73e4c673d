import { query } from '../cluster';
import { differences } from './agreement';
import type { ModelTicket } from './ticket';

interface Rows {
  readonly tickets: unknown;
  readonly history: unknown;
  readonly events: unknown;
}

const TIME = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Rows in the words of the API, so that they can be held against the model's views. */
const ROWS = `
  SELECT (SELECT json_agg(json_build_object(
            'id', t.id, 'project', p.key, 'title', t.title, 'description', description, 'priority', priority,
            'phase_id', phase_id, 'previous_phase_id', previous_phase_id, 'phase_entered_at', ${TIME('phase_entered_at')},
            'transition_count', transition_count, 'version', version, 'created_at', ${TIME('t.created_at')},
            'updated_at', ${TIME('updated_at')}, 'archived_at', ${TIME('t.archived_at')},
            'beginning', initial_phase_id, 'resume', resume_phase_id) ORDER BY array_position($1, t.id))
            FROM tickets t JOIN projects p ON p.id = project_id WHERE t.id = ANY ($1)) AS tickets,
         (SELECT json_agg(json_build_object(
            'id', id, 'ticket_id', ticket_id, 'sequence', sequence, 'from_phase', from_phase, 'to_phase', to_phase,
            'transition_reason', transition_reason, 'transitioned_by', transitioned_by, 'actor_kind', actor_kind,
            'artifacts', artifacts, 'kind', kind, 'version', version, 'created_at', ${TIME('created_at')})
            ORDER BY array_position($1, ticket_id), sequence)
            FROM phase_history WHERE ticket_id = ANY ($1)) AS history,
         (SELECT json_agg(json_strip_nulls(json_build_object(
            'ticket_id', ticket_id, 'version', version, 'type', type, 'actor', actor, 'actor_kind', actor_kind,
            'at', ${TIME('at')}, 'sequence', sequence)) ORDER BY array_position($1, ticket_id), version)
            FROM ticket_events WHERE ticket_id = ANY ($1)) AS events`;

/** What is different between the rows of these tickets and the model. */
export async function differentRows(databaseUrl: string, tickets: readonly ModelTicket[]): Promise<string[]> {
  if (tickets.length === 0) return [];
  const ids = tickets.map(({ view }) => view.id.value);
  const [rows] = await query<Rows>(databaseUrl, ROWS, [ids]);
  const expected = {
    tickets: tickets.map(({ view, beginning, resume }) => ({ ...view, beginning, resume })),
    history: listed(tickets.flatMap(({ history }) => history)),
    events: tickets.flatMap(({ events }) => events.map(({ changes: _changes, ...event }) => event)),
  };
  return differences(expected, rows);
}

/** PostgreSQL makes nothing of no rows. */
function listed(rows: readonly object[]): readonly object[] | null {
  return rows.length === 0 ? null : rows;
}

/** How many rows there are, in all tables that commands write to. */
export async function countRows(databaseUrl: string): Promise<Record<string, number>> {
  const [counts] = await query<Record<string, number>>(
    databaseUrl,
    `SELECT (SELECT count(*)::int FROM tickets) AS tickets, (SELECT count(*)::int FROM phase_history) AS moves,
            (SELECT count(*)::int FROM ticket_events) AS events, (SELECT count(*)::int FROM idempotency_keys) AS keys`,
  );
  return counts!;
}
