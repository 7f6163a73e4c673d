import type { QueryConfig } from 'pg';
import { uuidv7 } from '../../database/storable';
import { writeRecords } from '../../phases/phase.statements';
import type { EventType } from '../../tickets/ticket-event.entity';
import { insertEvents } from '../../tickets/ticket-event.statements';
import type { CheckedRow } from './checked-row';
import type { ContinuePlan, CreatePlan } from './planner';
import { iso } from './row-error';
import type { Owner } from './stored-tickets';

/** A plan that writes. */
export type WritingPlan = CreatePlan | ContinuePlan;

/** The project, source and workflow version of new tickets. */
export interface Target extends Owner {
  readonly graphId: number;
}

/**
 * Locks tickets in ascending order of ids, as every writer does. NO KEY UPDATE does not block the foreign-key checks of
 * other writers.
 */
export function lockTickets(plans: readonly ContinuePlan[]): QueryConfig {
  const text = 'SELECT id, version FROM tickets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
  return { name: 'lock-tickets', text, values: [plans.map(({ stored }) => stored.id)] };
}

/** Writes new tickets with their transitions, new transitions of stored tickets, and the events of both. */
export function writePlans(plans: readonly WritingPlan[], target: Target): QueryConfig {
  const created: object[] = [];
  const changed: object[] = [];
  const moves: object[] = [];
  const events: object[] = [];
  for (const plan of plans) {
    if (plan.kind === 'create') {
      const id = uuidv7();
      created.push(newTicket(plan, id, target));
      events.push(eventOf(id, 1, 'created', plan.creation));
      addMoves(plan.moves, { id, graphId: target.graphId, transitionCount: 0, version: 1 }, moves, events);
    } else if (plan.moves.length > 0) {
      changed.push(movedTicket(plan));
      addMoves(plan.moves, plan.stored, moves, events);
    }
  }
  return writeRecords({
    created: JSON.stringify(created),
    changed: JSON.stringify(changed),
    moves: JSON.stringify(moves),
    events: JSON.stringify(events),
  });
}

/** A change of the title creates one more version, after those of the transitions. */
const WRITE_TITLES = `
  WITH titles AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS edit (ticket_id uuid, version integer, title varchar, actor varchar,
      at timestamptz)
  ), edited AS (
    UPDATE tickets SET title = titles.title, version = titles.version,
        updated_at = greatest(tickets.updated_at, titles.at)
      FROM titles WHERE tickets.id = titles.ticket_id
  )
  ${insertEvents('titles', {
    type: "'edited'",
    actor_kind: "'system'",
    sequence: 'NULL::integer',
    changes: "jsonb_build_object('title', title)",
  })}`;

/** Writes new titles of stored tickets with their events. To be run after `writePlans`. */
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

function newTicket(plan: CreatePlan, id: string, { projectId, graphId, source }: Target): object {
  const { externalId, creation, moves, title, resumePhase } = plan;
  const last = moves.at(-1);
  const enteredAt = iso((last ?? creation).at);
  return {
    id,
    project_id: projectId,
    graph_id: graphId,
    title,
    priority: creation.priority ?? 'MEDIUM',
    initial_phase_id: creation.to,
    phase_id: last?.to ?? creation.to,
    previous_phase_id: last?.from ?? null,
    resume_phase_id: resumePhase,
    phase_entered_at: enteredAt,
    transition_count: moves.length,
    version: moves.length + 1,
    external_source: source,
    external_id: externalId,
    created_at: iso(creation.at),
    updated_at: enteredAt,
  };
}

function movedTicket({ stored, moves, resumePhase }: ContinuePlan): object {
  const last = moves.at(-1)!;
  return {
    id: stored.id,
    graph_id: stored.graphId,
    phase_id: last.to,
    previous_phase_id: last.from,
    resume_phase_id: resumePhase,
    phase_entered_at: iso(last.at),
    transition_count: stored.transitionCount + moves.length,
    version: stored.version + moves.length,
    updated_at: iso(last.at),
    is_phase_only: true,
  };
}

/** @param ticket the ticket before these transitions */
function addMoves(
  added: readonly CheckedRow[],
  ticket: Pick<ContinuePlan['stored'], 'id' | 'graphId' | 'transitionCount' | 'version'>,
  moves: object[],
  events: object[],
): void {
  let { transitionCount: sequence, version } = ticket;
  for (const row of added) {
    sequence++;
    version++;
    moves.push({
      ticket_id: ticket.id,
      sequence,
      id: uuidv7(),
      from_phase: row.from,
      to_phase: row.to,
      transitioned_by: row.actor,
      actor_kind: 'system',
      kind: 'transition',
      graph_id: ticket.graphId,
      version,
      created_at: iso(row.at),
    });
    events.push({ ...eventOf(ticket.id, version, 'moved', row), sequence });
  }
}

function eventOf(id: string, version: number, type: EventType, { actor, at }: CheckedRow): object {
  return { ticket_id: id, version, event_type: type, actor, actor_kind: 'system', at: iso(at) };
}
