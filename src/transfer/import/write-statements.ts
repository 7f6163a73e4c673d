import type { QueryConfig } from 'pg';
import { uuidv7 } from '../../database/uuid';
import type { CheckedRow } from './checked-row';
import type { ContinuePlan, CreatePlan } from './planner';
import type { Owner } from './stored-tickets';

/** A plan that writes. */
export type WritingPlan = CreatePlan | ContinuePlan;

/** Whose new tickets are, and by which workflow they go. */
export interface Target extends Owner {
  readonly graphId: number;
}

/** In the one order of locks of all writers, ids ascending; NO KEY UPDATE leaves the foreign-key checks of others alone. */
export function lockTickets(plans: readonly ContinuePlan[]): QueryConfig {
  const text = 'SELECT id, version FROM tickets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
  return { name: 'lock-tickets', text, values: [plans.map(({ stored }) => stored.id)] };
}

/** One statement for all tables: to the database's defence, which looks when a statement ends, nothing is ever unsettled. */
const WRITE_MOVES = `
  WITH created AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ticket (id uuid, external_id varchar, title varchar, priority varchar, initial_phase varchar,
      phase varchar, previous_phase varchar, resume_phase varchar, entered_at timestamptz, count integer,
      created_at timestamptz, actor varchar)
  ), continued AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::json) AS ticket (id uuid, phase varchar, previous_phase varchar,
      resume_phase varchar, entered_at timestamptz, count integer, version integer)
  ), moves AS MATERIALIZED (
    SELECT * FROM json_to_recordset($3::json) AS move (ticket_id uuid, sequence integer, id uuid, from_phase varchar,
      to_phase varchar, actor varchar, graph_id integer, version integer, at timestamptz)
  ), inserted AS (
    INSERT INTO tickets (id, project_id, graph_id, title, priority, initial_phase_id, phase_id, previous_phase_id, resume_phase_id,
        phase_entered_at, transition_count, version, external_source, external_id, created_at, updated_at)
      SELECT id, $4, $5, title, priority, initial_phase, phase, previous_phase, resume_phase, entered_at, count, count + 1, $6,
          external_id, created_at, entered_at
        FROM created
  ), moved AS (
    UPDATE tickets SET phase_id = continued.phase, previous_phase_id = continued.previous_phase,
        resume_phase_id = continued.resume_phase, phase_entered_at = continued.entered_at,
        transition_count = continued.count, version = continued.version,
        updated_at = greatest(tickets.updated_at, continued.entered_at)
      FROM continued WHERE tickets.id = continued.id
  ), traced AS (
    INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence)
      SELECT id, 1, 'created', actor, created_at, NULL FROM created
      UNION ALL
      SELECT ticket_id, version, 'moved', actor, at, sequence FROM moves
  )
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transitioned_by, graph_id, version, created_at)
    SELECT ticket_id, sequence, id, from_phase, to_phase, actor, graph_id, version, at FROM moves`;

/** Writes new tickets with their moves, new moves of stored tickets, and the events of both. */
export function writeMoves(plans: readonly WritingPlan[], { projectId, graphId, source }: Target): QueryConfig {
  const created: object[] = [];
  const continued: object[] = [];
  const moves: object[] = [];
  for (const plan of plans) {
    if (plan.kind === 'create') {
      const id = uuidv7();
      created.push(newTicket(plan, id));
      moves.push(...moveRows(plan.moves, { id, graphId, transitionCount: 0, version: 1 }));
    } else if (plan.moves.length > 0) {
      continued.push(movedTicket(plan));
      moves.push(...moveRows(plan.moves, plan.stored));
    }
  }
  const values = [
    JSON.stringify(created),
    JSON.stringify(continued),
    JSON.stringify(moves),
    projectId,
    graphId,
    source,
  ];
  return { name: 'write-moves', text: WRITE_MOVES, values };
}

/** A change of the title makes one version more, after those of the moves. */
const WRITE_TITLES = `
  WITH titles AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS edit (ticket_id uuid, version integer, title varchar, actor varchar,
      at timestamptz)
  ), edited AS (
    UPDATE tickets SET title = titles.title, version = titles.version,
        updated_at = greatest(tickets.updated_at, titles.at)
      FROM titles WHERE tickets.id = titles.ticket_id
  )
  INSERT INTO ticket_events (ticket_id, version, type, actor, at, changes)
    SELECT ticket_id, version, 'edited', actor, at, jsonb_build_object('title', title) FROM titles`;

/** Writes new titles of stored tickets, and the events of that. To be run after their moves are written. */
export function writeTitles(plans: readonly ContinuePlan[]): QueryConfig {
  const titles = plans.map(({ stored, moves, title, titledBy }) => ({
    ticket_id: stored.id,
    version: stored.version + moves.length + 1,
    title,
    actor: titledBy.actor,
    at: iso(titledBy.at),
  }));
  return { name: 'write-titles', text: WRITE_TITLES, values: [JSON.stringify(titles)] };
}

function newTicket({ externalId, creation, moves, title, resumePhase }: CreatePlan, id: string): object {
  const last = moves.at(-1);
  return {
    id,
    external_id: externalId,
    title,
    priority: creation.priority ?? 'MEDIUM',
    initial_phase: creation.to,
    phase: last?.to ?? creation.to,
    previous_phase: last?.from ?? null,
    resume_phase: resumePhase,
    entered_at: iso((last ?? creation).at),
    count: moves.length,
    created_at: iso(creation.at),
    actor: creation.actor,
  };
}

function movedTicket({ stored, moves, resumePhase }: ContinuePlan): object {
  const last = moves.at(-1)!;
  return {
    id: stored.id,
    phase: last.to,
    previous_phase: last.from,
    resume_phase: resumePhase,
    entered_at: iso(last.at),
    count: stored.transitionCount + moves.length,
    version: stored.version + moves.length,
  };
}

/** @param ticket as it is before these moves */
function moveRows(
  moves: readonly CheckedRow[],
  {
    id,
    graphId,
    transitionCount,
    version,
  }: Pick<ContinuePlan['stored'], 'id' | 'graphId' | 'transitionCount' | 'version'>,
): object[] {
  return moves.map(({ from, to, actor, at }, i) => ({
    ticket_id: id,
    sequence: transitionCount + i + 1,
    id: uuidv7(),
    from_phase: from,
    to_phase: to,
    actor,
    graph_id: graphId,
    version: version + i + 1,
    at: iso(at),
  }));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
