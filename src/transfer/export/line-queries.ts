import type { Column, OrderedQuery } from '../../database/snapshot';
import { SDLC_KEY } from '../../machine/sdlc';
import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';
import type { Selection } from './selection';

/** A line of an export, serialized by the database and written unchanged. */
export interface SerializedLine {
  readonly text: string;
  /** False when a time cannot be represented in RFC 3339. */
  readonly isWritable: boolean;
}

/** A line about a ticket. */
export interface TicketLine extends SerializedLine {
  readonly ticketId: string;
}

/** RFC 3339 in UTC, to the millisecond, which is the precision of the database. */
const TIME = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** RFC 3339 has four-digit years and no infinity. */
const WRITABLE = (...columns: string[]): string => {
  const isWritable = (column: string): string =>
    `(${column} >= '0001-01-01T00:00:00Z' AND ${column} < '9999-12-31T23:59:59.9995Z') IS NOT FALSE`;
  return columns.map(isWritable).join(' AND ');
};

/** Sorts keys by their bytes, independently of the collation of the database. */
const BYTEWISE = 'COLLATE "C"';

/** Null for rows that every database contains: when they were created is not part of the data. */
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

/** Returns versions of workflows first, then the migration plans between them. */
export function graphLines(ids: readonly number[]): OrderedQuery<SerializedLine> {
  const createdAt = UNLESS(`graph.workflow = '${SDLC_KEY}' AND graph.version = 1`, TIME('graph.created_at'));
  const edges = `
    SELECT coalesce(json_agg(json_build_array(from_phase, to_phase)
                             ORDER BY from_phase ${BYTEWISE}, to_phase ${BYTEWISE}), '[]')
      FROM graph_edges WHERE graph_id = graph.id`;
  // A definition written with SQL may contain line breaks between its tokens; a line of an export has none.
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

/** Omits `tx`, the number of a transaction, which has a meaning only on its own server. */
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

/**
 * Limits rows to the selected tickets. Without a filter, rows of missing tickets are included, so that the export can
 * count them.
 */
function ofTickets(condition: string): string {
  return condition === 'true' ? 'true' : `ticket_id IN (SELECT id FROM tickets WHERE ${condition})`;
}

function lineOf([text, isWritable]: Column[]): SerializedLine {
  return { text: text as string, isWritable: isWritable as boolean };
}

function ofTicket(columns: Column[]): TicketLine {
  return { ...lineOf(columns), ticketId: columns[2] as string };
}
