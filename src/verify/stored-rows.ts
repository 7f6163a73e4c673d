import type { Finding } from '../audit/finding';
import type { StoredGraph, StoredGraphs } from '../audit/stored-graph';
import type { EventRow, HistoryRow, TicketRow } from '../audit/ticket-record';
import type { Streams } from '../database/join-records';
import type { Column, OrderedQuery, Snapshot } from '../database/snapshot';
import { REQUIREMENT_GUARDS } from '../machine/guards';
import type { MetRequirements } from '../machine/judge';
import type { StoredRun } from './migration-runs';

/** Milliseconds since 1970. Cheaper to transfer than a timestamp, and able to hold `infinity`. */
const TIME = (column: string): string => `date_part('epoch', ${column}) * 1000`;

const GRAPHS = `
  SELECT id, workflow, version, kind, definition, from_graph_id, to_graph_id,
         coalesce(digest = sha256(convert_to(definition::text, 'UTF8')), false),
         (SELECT coalesce(json_agg(json_build_object('from', from_phase, 'to', to_phase) ORDER BY from_phase, to_phase), '[]')
            FROM graph_edges WHERE graph_id = graphs.id)
    FROM graphs ORDER BY id`;

const TICKETS: OrderedQuery<TicketRow> = {
  text: `
    SELECT id, graph_id, initial_phase_id, phase_id, previous_phase_id, resume_phase_id, transition_count, version,
           ${['created_at', 'phase_entered_at', 'updated_at', 'archived_at'].map(TIME).join(', ')},
           md5(title), md5(description), priority
      FROM tickets ORDER BY id`,
  page: 2_000,
  toRow: (columns) => ({
    id: columns[0] as string,
    graphId: columns[1] as number,
    initialPhase: columns[2] as string,
    phase: columns[3] as string,
    previousPhase: columns[4] as string | null,
    resumePhase: columns[5] as string | null,
    transitionCount: columns[6] as number,
    version: columns[7] as number,
    createdAt: timeOf(columns[8]),
    phaseEnteredAt: timeOf(columns[9]),
    updatedAt: timeOf(columns[10]),
    archivedAt: columns[11] === null ? null : timeOf(columns[11]),
    fields: {
      title: columns[12] as string,
      description: columns[13] as string | null,
      priority: columns[14] as string,
    },
  }),
};

export const HISTORY: OrderedQuery<HistoryRow> = {
  text: `
    SELECT ticket_id, sequence, from_phase, to_phase, kind, graph_id, version, ${TIME('created_at')},
           ${REQUIREMENT_GUARDS.map(({ historySql }) => historySql).join(', ')}
      FROM phase_history ORDER BY ticket_id, sequence`,
  page: 10_000,
  toRow: (columns) => ({
    ticketId: columns[0] as string,
    sequence: columns[1] as number,
    from: columns[2] as string,
    to: columns[3] as string,
    kind: columns[4] as string,
    graphId: columns[5] as number,
    version: columns[6] as number,
    at: timeOf(columns[7]),
    met: metOf(columns.slice(8)),
  }),
};

/** Digests, because descriptions are long. A field that the event does not record is left out. */
const EDITS = `
  (SELECT json_object_agg(key, CASE key WHEN 'priority' THEN value ELSE md5(value) END)
     FROM jsonb_each_text(changes) WHERE key IN ('title', 'description', 'priority'))`;

const EVENTS: OrderedQuery<EventRow> = {
  text: `
    SELECT ticket_id, version, type, sequence, ${TIME('at')}, changes IS NOT NULL, changes->'workflow_version',
           CASE WHEN type = 'edited' AND changes <> '{}' THEN ${EDITS} END
      FROM ticket_events ORDER BY ticket_id, version`,
  page: 10_000,
  toRow: (columns) => ({
    ticketId: columns[0] as string,
    version: columns[1] as number,
    type: columns[2] as string,
    sequence: columns[3] as number | null,
    at: timeOf(columns[4]),
    recorded: columns[5] as boolean,
    workflowVersion: typeof columns[6] === 'number' ? columns[6] : null,
    edits: (columns[7] ?? {}) as EventRow['edits'],
  }),
};

export async function readGraphs(snapshot: Snapshot): Promise<StoredGraphs> {
  const rows = await snapshot.query(GRAPHS);
  const keys = await snapshot.query('SELECT key FROM workflows ORDER BY key');
  return { graphs: rows.map(graphOf), keys: keys.map(([key]) => String(key)) };
}

export async function readRuns(snapshot: Snapshot): Promise<StoredRun[]> {
  const rows = await snapshot.query('SELECT id, plan_id, from_graph_id, moved FROM workflow_migrations ORDER BY id');
  return rows.map(([id, planId, fromGraphId, moved]) => ({ id, planId, fromGraphId, moved }) as unknown as StoredRun);
}

/** Returns a finding for each API key that lacks the event of its creation or of its revocation. */
export async function auditApiKeys(snapshot: Snapshot): Promise<Finding[]> {
  const rows = await snapshot.query(`
    SELECT name, type
      FROM api_keys CROSS JOIN LATERAL (VALUES ('created', created_at), ('revoked', revoked_at)) AS due (type, at)
     WHERE at IS NOT NULL AND NOT EXISTS (SELECT FROM api_key_events WHERE api_key_id = api_keys.id AND type = due.type)
     ORDER BY name, type`);
  return rows.map(([name, type]) => ({
    code: 'api_key_event_missing',
    ticket_id: null,
    detail: `The API key ${JSON.stringify(name)} has no event "${String(type)}".`,
  }));
}

export async function countStoredTickets(snapshot: Snapshot): Promise<number> {
  const [[tickets] = []] = await snapshot.query('SELECT count(*)::float8 FROM tickets');
  return Number(tickets);
}

/** Counts the rows of `unsettled_moves`. Null on a standby, which cannot read unlogged tables. */
export async function countPendingChecks(snapshot: Snapshot): Promise<number | null> {
  const [[standby] = []] = await snapshot.query('SELECT pg_is_in_recovery()');
  if (standby === true) return null;
  const [[rows] = []] = await snapshot.query('SELECT count(*)::float8 FROM unsettled_moves');
  return Number(rows);
}

/** Opens streams of all tickets, history rows and events. */
export async function openStreams(snapshot: Snapshot): Promise<Streams<TicketRow, HistoryRow, EventRow>> {
  return {
    tickets: await snapshot.stream(TICKETS),
    moves: await snapshot.stream(HISTORY),
    events: await snapshot.stream(EVENTS),
  };
}

function graphOf(columns: Column[]): StoredGraph {
  const [id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges] = columns;
  const graph = { id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges };
  return graph as unknown as StoredGraph;
}

/** @param columns one for each requirement guard, in their order */
function metOf(columns: Column[]): MetRequirements {
  const met: Record<string, boolean> = {};
  for (const [i, { name }] of REQUIREMENT_GUARDS.entries()) met[name] = columns[i] === true;
  return met as MetRequirements;
}

/** PostgreSQL computes seconds with a fraction; the binary product with 1,000 only approximates the millisecond. */
function timeOf(milliseconds: Column | undefined): number {
  return Math.round(milliseconds as number);
}
