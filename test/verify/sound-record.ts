import { NONE_MET, resumePhaseAfter, type MetRequirements } from '../../src/machine/judge';
import { stateAfterPlan } from '../../src/audit/ticket-path';
import { WorkflowVersions } from '../../src/audit/workflow-versions';
import type { EventRow, HistoryRow, TicketRow } from '../../src/audit/ticket-record';
import { STORED_SDLC } from './graphs';

export const ID = '01a2048b-3d4f-7de2-bcb8-61468c591c70';
export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;

/**
 * A change of a ticket: a transition by its target, another change by its event type, or a migration by the id of its plan.
 * A transition meets all requirements unless `met` says otherwise.
 */
export type RecordStep = string | { readonly to: string; readonly met: MetRequirements } | { readonly by: number };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A ticket record that tests may corrupt. */
export interface MutableRecord {
  ticket: Mutable<TicketRow>;
  moves: Mutable<HistoryRow>[];
  events: Mutable<EventRow>[];
}

/** The fields of every sound ticket. */
export const FIELDS = { title: 'Sound', description: null, priority: 'MEDIUM' } as const;

const SDLC_VERSIONS = new WorkflowVersions([STORED_SDLC]);

/** Returns the record of a ticket of the built-in workflow that made these changes, one per hour. */
export function soundRecord(initialPhase: string, ...steps: RecordStep[]): MutableRecord {
  return soundRecordUnder(SDLC_VERSIONS, STORED_SDLC.id, initialPhase, ...steps);
}

/** Returns the record of a ticket of any workflow. */
export function soundRecordUnder(
  versions: WorkflowVersions,
  graphId: number,
  initialPhase: string,
  ...steps: RecordStep[]
): MutableRecord {
  const record = new RecordBuilder(versions, graphId, initialPhase);
  for (const step of steps) record.apply(step);
  return record;
}

class RecordBuilder implements MutableRecord {
  readonly ticket: Mutable<TicketRow>;
  readonly moves: Mutable<HistoryRow>[] = [];
  readonly events: Mutable<EventRow>[];

  constructor(
    private readonly versions: WorkflowVersions,
    graphId: number,
    phase: string,
  ) {
    const times = { createdAt: START, phaseEnteredAt: START, updatedAt: START, archivedAt: null };
    const phases = { initialPhase: phase, phase, previousPhase: null, resumePhase: null };
    this.ticket = { id: ID, graphId, ...phases, transitionCount: 0, version: 1, ...times, fields: FIELDS };
    this.events = [this.event('created')];
  }

  apply(step: RecordStep): void {
    this.ticket.version++;
    this.ticket.updatedAt += HOUR;
    if (typeof step === 'object' && 'by' in step) this.migrate(step.by);
    else if (typeof step === 'object') this.move(step.to, step.met);
    else if (!['edited', 'archived', 'restored'].includes(step)) this.move(step, { reason: true, artifacts: true });
    else {
      if (step !== 'edited') this.ticket.archivedAt = step === 'archived' ? this.ticket.updatedAt : null;
      const isEdit = step === 'edited';
      this.events.push({ ...this.event(step), recorded: isEdit, edits: isEdit ? { title: FIELDS.title } : {} });
    }
  }

  private move(to: string, met: MetRequirements): void {
    const { phase, resumePhase, graphId } = this.ticket;
    const { phases } = this.versions.versionOf(graphId)!.workflow;
    const state = { phase, resumePhase, archived: false };
    this.ticket.resumePhase = resumePhaseAfter(state, phases.get(phase)!, phases.get(to)!);
    this.enter(to, { kind: 'transition', graphId, met });
    this.events.push({ ...this.event('moved'), sequence: this.moves.length });
  }

  private migrate(planId: number): void {
    const { phase, resumePhase } = this.ticket;
    const plan = this.versions.plans.planOf(planId)!;
    const { phase: to, resumePhase: reached } = stateAfterPlan(plan, { phase, resumePhase }, this.versions)!;
    this.ticket.graphId = plan.to;
    this.ticket.resumePhase = reached;
    if (to !== phase) this.enter(to, { kind: 'migration', graphId: planId, met: NONE_MET });
    const sequence = to === phase ? null : this.moves.length;
    const workflowVersion = this.versions.versionOf(plan.to)!.version;
    this.events.push({ ...this.event('migrated'), sequence, workflowVersion, recorded: true });
  }

  private enter(to: string, made: Pick<HistoryRow, 'kind' | 'graphId' | 'met'>): void {
    const { phase: from, version, updatedAt: at } = this.ticket;
    const sequence = ++this.ticket.transitionCount;
    this.moves.push({ ticketId: ID, sequence, from, to, ...made, version, at });
    Object.assign(this.ticket, { phase: to, previousPhase: from, phaseEnteredAt: at });
  }

  private event(type: string): EventRow {
    const { version, updatedAt: at } = this.ticket;
    return { ticketId: ID, version, type, sequence: null, workflowVersion: null, at, recorded: false, edits: {} };
  }
}
