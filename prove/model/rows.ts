import type { QueryResultRow } from 'pg';
import { query } from '../../testkit/cluster';
import { differences } from './agreement';
import type { Model } from './model';
import type { EventView, ModelTicket } from './ticket';
import { SDLC } from './workflow';

interface Rows {
  readonly tickets: unknown;
  readonly history: unknown;
  readonly events: unknown;
  readonly versions: unknown;
}

const TIME = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Selects rows with the API's field names, so that they can be compared with the model's views. */
const ROWS = `
  SELECT (SELECT json_agg(json_build_object(
            'id', t.id, 'project', p.key, 'workflow', g.workflow, 'workflow_version', g.version, 'title', t.title, 'description', description, 'priority', priority,
            'phase_id', phase_id, 'previous_phase_id', previous_phase_id, 'phase_entered_at', ${TIME('phase_entered_at')},
            'transition_count', transition_count, 'version', t.version, 'created_at', ${TIME('t.created_at')},
            'updated_at', ${TIME('updated_at')}, 'archived_at', ${TIME('t.archived_at')},
            'beginning', initial_phase_id, 'resume', resume_phase_id) ORDER BY array_position($1, t.id))
            FROM tickets t JOIN projects p ON p.id = project_id JOIN graphs g ON g.id = graph_id
           WHERE t.id = ANY ($1)) AS tickets,
         (SELECT json_agg(json_build_object(
            'id', h.id, 'ticket_id', ticket_id, 'sequence', sequence, 'from_phase', from_phase, 'to_phase', to_phase,
            'transition_reason', transition_reason, 'transitioned_by', transitioned_by, 'actor_kind', actor_kind,
            'artifacts', artifacts, 'kind', h.kind, 'version', h.version,
            'created_at', ${TIME('h.created_at')}, 'under', json_build_array(g.workflow, g.version))
            ORDER BY array_position($1, ticket_id), sequence)
            FROM phase_history h JOIN graphs g ON g.id = graph_id WHERE ticket_id = ANY ($1)) AS history,
         (SELECT json_agg(json_strip_nulls(json_build_object(
            'ticket_id', ticket_id, 'version', version, 'type', type, 'actor', actor, 'actor_kind', actor_kind,
            'at', ${TIME('at')}, 'sequence', sequence)) ORDER BY array_position($1, ticket_id), version)
            FROM ticket_events WHERE ticket_id = ANY ($1)) AS events,
         (SELECT json_agg(json_build_object(
            'key', workflow, 'version', version, 'title', definition->'title', 'initial', definition->'initial',
            'phases', definition->'phases', 'transitions', definition->'transitions', 'resume', definition->'resume',
            'edges', (SELECT count(*) FROM graph_edges
                       WHERE graph_id = g.id AND EXISTS (SELECT FROM json_array_elements(definition->'transitions') AS t
                         WHERE t->>'from' = from_phase AND t->>'to' = to_phase)))
            ORDER BY version)
            FROM graphs g JOIN workflows ON key = workflow WHERE key = $2) AS versions`;

/** Returns the differences between the rows of a sequence and its model. */
export async function differentRows(databaseUrl: string, { tickets, workflow }: Model): Promise<string[]> {
  const ids = tickets.map(({ view }) => view.id.value);
  const [rows] = await query<Rows>(databaseUrl, ROWS, [ids, workflow.keyOf('own')]);
  const expected = {
    tickets: listed(tickets.map(({ view, beginning, resume }) => ({ ...view, beginning, resume }))),
    history: listed(tickets.flatMap(rowsOf)),
    events: listed(tickets.flatMap(({ events }) => events.map(eventRow))),
    versions: listed(workflow.versions.map((version) => ({ ...version, edges: version.transitions.length }))),
  };
  return differences(expected, rows);
}

function rowsOf({ history, under }: ModelTicket): object[] {
  return history.map((move, i) => ({ ...move, under: under[i] }));
}

/** Returns the columns of an event. The history has the facts of its transition, and the database has the short type. */
function eventRow({ ticket_id, version, type, actor, actor_kind, at, sequence }: EventView): object {
  const row = { ticket_id, version, type: type.replace('ticket.', ''), actor, actor_kind, at };
  return sequence === undefined ? row : { ...row, sequence };
}

/** json_agg returns null for no rows. */
function listed(rows: readonly object[]): readonly object[] | null {
  return rows.length === 0 ? null : rows;
}

/** The numbers of rows. */
export interface Totals {
  tickets: number;
  moves: number;
  events: number;
  keys: number;
  workflows: number;
  /** Workflow versions and migration plans. */
  graphs: number;
  edges: number;
  migrations: number;
}

/** The rows of a new installation: the built-in workflow. */
export const INITIAL_TOTALS: Totals = {
  tickets: 0,
  moves: 0,
  events: 0,
  keys: 0,
  workflows: 1,
  graphs: 1,
  edges: SDLC.transitions.length,
  migrations: 0,
};

export function addTotals(
  totals: Totals,
  { tickets, kept, workflow: { versions }, migrations: { plans } }: Model,
): void {
  totals.tickets += tickets.length;
  totals.moves += tickets.reduce((sum, { history }) => sum + history.length, 0);
  totals.events += tickets.reduce((sum, { events }) => sum + events.length, 0);
  totals.keys += kept.length;
  totals.workflows += versions.length > 0 ? 1 : 0;
  totals.graphs += versions.length + plans.length;
  totals.edges += versions.reduce((sum, { transitions }) => sum + transitions.length, 0);
  totals.edges += plans.reduce((sum, { edges }) => sum + edges, 0);
  totals.migrations += plans.length;
}

/** Counts the rows of all tables that commands write. */
export async function countRows(databaseUrl: string): Promise<Totals> {
  const tables: Readonly<Record<keyof Totals, string>> = {
    tickets: 'tickets',
    moves: 'phase_history',
    events: 'ticket_events',
    keys: 'idempotency_keys',
    workflows: 'workflows',
    graphs: 'graphs',
    edges: 'graph_edges',
    migrations: 'workflow_migrations',
  };
  const counts = Object.entries(tables).map(([name, table]) => `(SELECT count(*)::int FROM ${table}) AS ${name}`);
  const [row] = await query<Totals & QueryResultRow>(databaseUrl, `SELECT ${counts.join(', ')}`);
  return row!;
}
