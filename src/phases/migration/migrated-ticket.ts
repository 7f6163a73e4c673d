import type { EntityManager } from 'typeorm';
import { uuidv7 } from '../../database/storable';
import type { PhaseState } from '../../machine/migration';
import type { Ticket } from '../../tickets/ticket.entity';
import { writeRecords } from '../phase.statements';
import type { MigrationRow } from './migration-run.statements';

/** A ticket after its migration. */
export interface MigratedTicket {
  readonly ticket: Ticket;
  readonly at: Date;
  /** The id of the history row; null if the phase stayed the same, which changes the ticket without moving it. */
  readonly rowId: string | null;
}

/**
 * Migrates a ticket to another version. Pure except for the id of the history row.
 *
 * @param state the phase and the resume phase in the new version
 * @param now the database's clock after the ticket was locked
 */
export function migrateTicket(ticket: Ticket, toGraphId: number, state: PhaseState, now: Date): MigratedTicket {
  const { phase, resumePhase } = state;
  const changed = { ...ticket, graphId: toGraphId, resumePhaseId: resumePhase, version: ticket.version + 1 };
  if (phase === ticket.phaseId) {
    const at = later(now, ticket.updatedAt);
    return { ticket: { ...changed, updatedAt: at }, at, rowId: null };
  }
  const at = later(now, ticket.phaseEnteredAt);
  const moved = {
    ...changed,
    phaseId: phase,
    previousPhaseId: ticket.phaseId,
    phaseEnteredAt: at,
    transitionCount: ticket.transitionCount + 1,
    updatedAt: later(at, ticket.updatedAt),
  };
  return { ticket: moved, at, rowId: uuidv7() };
}

/** Times of a ticket never decrease, even if the clock does. */
function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}

/** The facts of a run that rows of history and events repeat. */
type RunFacts = Pick<MigrationRow, 'planId' | 'toVersion' | 'actor' | 'actorKind'>;

/** Writes migrated tickets with their events, and a history row for each whose phase changed. */
export async function writeMigrated(
  manager: EntityManager,
  run: RunFacts,
  migrated: readonly MigratedTicket[],
): Promise<void> {
  const moved = migrated.filter(({ rowId }) => rowId !== null);
  const { text, values } = writeRecords({
    changed: JSON.stringify(migrated.map(({ ticket }) => ticketRow(ticket))),
    moves: JSON.stringify(moved.map((one) => moveRow(one, run))),
    events: JSON.stringify(migrated.map((one) => eventRow(one, run))),
  });
  await manager.query(text, values);
}

function ticketRow(ticket: Ticket): object {
  return {
    id: ticket.id,
    graph_id: ticket.graphId,
    phase_id: ticket.phaseId,
    previous_phase_id: ticket.previousPhaseId,
    resume_phase_id: ticket.resumePhaseId,
    phase_entered_at: ticket.phaseEnteredAt,
    transition_count: ticket.transitionCount,
    version: ticket.version,
    updated_at: ticket.updatedAt,
    is_phase_only: true,
  };
}

function moveRow({ ticket, rowId, at }: MigratedTicket, { planId, actor, actorKind }: RunFacts): object {
  return {
    ticket_id: ticket.id,
    sequence: ticket.transitionCount,
    id: rowId,
    from_phase: ticket.previousPhaseId,
    to_phase: ticket.phaseId,
    transitioned_by: actor,
    actor_kind: actorKind,
    kind: 'migration',
    graph_id: planId,
    version: ticket.version,
    created_at: at,
  };
}

function eventRow({ ticket, rowId, at }: MigratedTicket, { toVersion, actor, actorKind }: RunFacts): object {
  return {
    ticket_id: ticket.id,
    version: ticket.version,
    event_type: 'migrated',
    actor,
    actor_kind: actorKind,
    at,
    sequence: rowId === null ? null : ticket.transitionCount,
    changes: { workflow_version: toVersion },
  };
}
