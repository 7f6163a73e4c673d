import type { Streams } from '../database/join-records';
import type { Column, Snapshot } from '../database/snapshot';
import type { StoredRun } from './audit-runs';
import { EVENTS, MOVES, TICKETS } from './ordered-queries';
import type { StoredGraph, StoredGraphs } from '../audit/stored-graph';
import type { EventRow, MoveRow, TicketRow } from '../audit/ticket-record';

const GRAPHS = `
  SELECT id, workflow, version, kind, definition, from_graph_id, to_graph_id,
         coalesce(digest = sha256(convert_to(definition::text, 'UTF8')), false),
         (SELECT coalesce(json_agg(json_build_object('from', from_phase, 'to', to_phase) ORDER BY from_phase, to_phase), '[]')
            FROM graph_edges WHERE graph_id = graphs.id)
    FROM graphs ORDER BY id`;

export async function readGraphs(snapshot: Snapshot): Promise<StoredGraphs> {
  const rows = await snapshot.query(GRAPHS);
  const keys = await snapshot.query('SELECT key FROM workflows ORDER BY key');
  return { graphs: rows.map(graphOf), keys: keys.map(([key]) => String(key)) };
}

export async function readRuns(snapshot: Snapshot): Promise<StoredRun[]> {
  const rows = await snapshot.query('SELECT id, plan_id, from_graph_id, moved FROM workflow_migrations ORDER BY id');
  return rows.map(([id, planId, fromGraphId, moved]) => ({ id, planId, fromGraphId, moved }) as unknown as StoredRun);
}

export async function countTickets(snapshot: Snapshot): Promise<number> {
  const [[tickets] = []] = await snapshot.query('SELECT count(*)::float8 FROM tickets');
  return Number(tickets);
}

/** Null on a standby, which cannot read unlogged tables. */
export async function countUnsettledMoves(snapshot: Snapshot): Promise<number | null> {
  const [[standby] = []] = await snapshot.query('SELECT pg_is_in_recovery()');
  if (standby === true) return null;
  const [[rows] = []] = await snapshot.query('SELECT count(*)::float8 FROM unsettled_moves');
  return Number(rows);
}

/** All tickets, moves and events. */
export async function openStreams(snapshot: Snapshot): Promise<Streams<TicketRow, MoveRow, EventRow>> {
  return {
    tickets: await snapshot.stream(TICKETS),
    moves: await snapshot.stream(MOVES),
    events: await snapshot.stream(EVENTS),
  };
}

function graphOf(columns: Column[]): StoredGraph {
  const [id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges] = columns;
  const graph = { id, workflow, version, kind, definition, fromGraphId, toGraphId, digestAgrees, edges };
  return graph as unknown as StoredGraph;
}
