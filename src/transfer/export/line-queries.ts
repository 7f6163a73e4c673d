import type { Column, OrderedQuery } from '../../database/snapshot';
import { SDLC_KEY } from '../../machine/sdlc';
import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';
import type { Selection } from './selection';

/** A line of an export, as the database has put it together: what it writes goes out as it stands. */
export interface SerializedLine {
  readonly text: string;
  /** False where a time cannot be written as RFC 3339. */
  readonly isWritable: boolean;
}

/** A line that belongs to a ticket. */
export interface TicketLine extends SerializedLine {
  readonly ticketId: string;
}

/** RFC 3339 in UTC, to the millisecond, which is as fine as the database keeps times. */
const TIME = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** RFC 3339 has years of four digits, and no infinity. */
const WRITABLE = (...columns: string[]): string => {
  const isWritable = (column: string): string =>
    `(${column} >= '0001-01-01T00:00:00Z' AND ${column} < '9999-12-31T23:59:59.9995Z') IS NOT FALSE`;
  return columns.map(isWritable).join(' AND ');
};

/** Line by line whatever the language of the database: keys come in the order of their bytes. */
const BYTEWISE = 'COLLATE "C"';

/** Every database has these from its birth, so when that was is no part of what is exported. */
const UNLESS = (builtIn: string, time: string): string => `CASE WHEN ${builtIn} THEN NULL ELSE ${time} END`;

const GRAPH = (column: string): string => `
  (SELECT workflow FROM graphs WHERE id = ${column}) AS workflow,
  (SELECT version FROM graphs WHERE id = ${column}) AS workflow_version`;

export function projectLines(ids: readonly string[]): OrderedQuery<SerializedLine> {
  const createdAt = UNLESS(`key = '${DEFAULT_PROJECT_KEY}'`, TIME('created_at'));
  return plainLines(
    `SELECT line.text, ${WRITABLE('created_at', 'archived_at')}
       FROM projects CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
         SELECT 'project' AS type, id, key, title, ${createdAt} AS created_at, ${TIME('archived_at')} AS archived_at
       ) AS fields) AS line
       WHERE id = ANY ($1::uuid[]) ORDER BY key ${BYTEWISE}`,
    [ids],
  );
}

export function workflowLines(keys: readonly string[]): OrderedQuery<SerializedLine> {
  const createdAt = UNLESS(`key = '${SDLC_KEY}'`, TIME('created_at'));
  return plainLines(
    `SELECT line.text, ${WRITABLE('created_at')}
       FROM workflows CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
         SELECT 'workflow' AS type, key, (SELECT key FROM projects WHERE id = project_id) AS project,
                ${createdAt} AS created_at
       ) AS fields) AS line
       WHERE key = ANY ($1::varchar[]) ORDER BY key ${BYTEWISE}`,
    [keys],
  );
}

/** Plans come after the versions that they lead between. */
export function graphLines(ids: readonly number[]): OrderedQuery<SerializedLine> {
  const createdAt = UNLESS(`graph.workflow = '${SDLC_KEY}' AND graph.version = 1`, TIME('graph.created_at'));
  const edges = `
    SELECT coalesce(json_agg(json_build_array(from_phase, to_phase)
                             ORDER BY from_phase ${BYTEWISE}, to_phase ${BYTEWISE}), '[]')
      FROM graph_edges WHERE graph_id = graph.id`;
  // Somebody's hand may have written a definition with line breaks, between its tokens; a line has none.
  const definition = String.raw`translate(graph.definition::text, E'\r\n', '  ')::json`;
  return plainLines(
    `SELECT line.text, ${WRITABLE('graph.created_at')}
       FROM graphs graph
       LEFT JOIN graphs start ON start.id = graph.from_graph_id
       LEFT JOIN graphs goal ON goal.id = graph.to_graph_id
       CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
         SELECT 'graph' AS type, graph.workflow, graph.version, graph.kind, ${createdAt} AS created_at,
                start.workflow AS from_workflow, start.version AS from_version,
                goal.workflow AS to_workflow, goal.version AS to_version,
                encode(graph.digest, 'hex') AS digest, ${definition} AS definition, (${edges}) AS edges
       ) AS fields) AS line
       WHERE graph.id = ANY ($1::integer[])
       ORDER BY graph.kind = 'migration', graph.workflow ${BYTEWISE}, graph.version`,
    [ids],
  );
}

export function ticketLines({ condition, values }: Selection): OrderedQuery<SerializedLine & { readonly id: string }> {
  return {
    text: `
      SELECT line.text, ${WRITABLE('phase_entered_at', 'created_at', 'updated_at', 'archived_at')}, id
        FROM tickets CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
          SELECT 'ticket' AS type, id, (SELECT key FROM projects WHERE id = project_id) AS project, ${GRAPH('graph_id')},
                 title, description, priority, initial_phase_id, phase_id, previous_phase_id, resume_phase_id,
                 ${TIME('phase_entered_at')} AS phase_entered_at, transition_count, tickets.version, external_source,
                 external_id, ${TIME('created_at')} AS created_at, ${TIME('updated_at')} AS updated_at,
                 ${TIME('archived_at')} AS archived_at
        ) AS fields) AS line
        WHERE ${condition} ORDER BY id`,
    values,
    page: 1_000,
    toRow: (columns) => ({ ...lineOf(columns), id: columns[2] as string }),
  };
}

export function moveLines({ condition, values }: Selection): OrderedQuery<TicketLine> {
  return {
    text: `
      SELECT line.text, ${WRITABLE('created_at')}, ticket_id
        FROM phase_history CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
          SELECT 'move' AS type, ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
                 actor_kind, artifacts, kind, ${GRAPH('graph_id')}, phase_history.version,
                 ${TIME('created_at')} AS created_at
        ) AS fields) AS line
        WHERE ${ofTickets(condition)} ORDER BY ticket_id, sequence`,
    values,
    page: 2_000,
    toRow: ofTicket,
  };
}

/** Without `tx`, the number of a transaction, which means something on its own server alone. */
export function eventLines({ condition, values }: Selection): OrderedQuery<TicketLine> {
  return {
    text: `
      SELECT line.text, ${WRITABLE('at')}, ticket_id
        FROM ticket_events CROSS JOIN LATERAL (SELECT row_to_json(fields)::text AS text FROM (
          SELECT 'event' AS type, ticket_id, version, ticket_events.type AS event_type, actor, actor_kind,
                 ${TIME('at')} AS at, sequence, changes
        ) AS fields) AS line
        WHERE ${ofTickets(condition)} ORDER BY ticket_id, version`,
    values,
    page: 2_000,
    toRow: ofTicket,
  };
}

function plainLines(text: string, values: readonly unknown[]): OrderedQuery<SerializedLine> {
  return { text, values, page: 500, toRow: lineOf };
}

/** Where all tickets are wanted, so are rows of tickets that do not exist: whoever reads them can tell. */
function ofTickets(condition: string): string {
  return condition === 'true' ? 'true' : `ticket_id IN (SELECT id FROM tickets WHERE ${condition})`;
}

function lineOf([text, isWritable]: Column[]): SerializedLine {
  return { text: text as string, isWritable: isWritable as boolean };
}

function ofTicket(columns: Column[]): TicketLine {
  return { ...lineOf(columns), ticketId: columns[2] as string };
}
