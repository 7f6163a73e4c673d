import { resumePhaseAfter, type Provided } from '../../src/machine/judge';
import { standingBy } from '../../src/audit/resume-phase';
import { Rulebook } from '../../src/audit/rulebook';
import type { EventRow, MoveRow, TicketRow } from '../../src/audit/ticket-record';
import { STORED_SDLC } from './graphs';

export const ID = '01a2048b-3d4f-7de2-bcb8-61468c591c70';
export const START = Date.UTC(2026, 0, 1);
export const HOUR = 3_600_000;

/**
 * What a ticket did: moves to phases, other changes by the type of their event, and migrations by the numbers of their
 * plans. A move brings a reason and artifacts along, unless it says what it brings.
 */
export type Step = string | { readonly to: string; readonly brings: Provided } | { readonly by: number };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A ticket with its past, to be lied about. */
export interface Changeable {
  ticket: Mutable<TicketRow>;
  moves: Mutable<MoveRow>[];
  events: Mutable<EventRow>[];
}

const SDLC_RULES = new Rulebook([STORED_SDLC]);

/** A sound ticket of the built-in workflow: one that did these things, one an hour. */
export function lived(initialPhase: string, ...steps: Step[]): Changeable {
  return livedUnder(SDLC_RULES, STORED_SDLC.id, initialPhase, ...steps);
}

/** The same of any workflow. */
export function livedUnder(rules: Rulebook, graphId: number, initialPhase: string, ...steps: Step[]): Changeable {
  const life = new Life(rules, graphId, initialPhase);
  for (const step of steps) life.take(step);
  return life;
}

class Life implements Changeable {
  readonly ticket: Mutable<TicketRow>;
  readonly moves: Mutable<MoveRow>[] = [];
  readonly events: Mutable<EventRow>[];

  constructor(
    private readonly rules: Rulebook,
    graphId: number,
    phase: string,
  ) {
    const times = { createdAt: START, phaseEnteredAt: START, updatedAt: START, archivedAt: null };
    const place = { initialPhase: phase, phase, previousPhase: null, resumePhase: null };
    this.ticket = { id: ID, graphId, ...place, transitionCount: 0, version: 1, ...times };
    this.events = [this.event('created')];
  }

  take(step: Step): void {
    this.ticket.version++;
    this.ticket.updatedAt += HOUR;
    if (typeof step === 'object' && 'by' in step) this.migrate(step.by);
    else if (typeof step === 'object') this.move(step.to, step.brings);
    else if (!['edited', 'archived', 'restored'].includes(step)) this.move(step, { reason: true, artifacts: true });
    else {
      if (step !== 'edited') this.ticket.archivedAt = step === 'archived' ? this.ticket.updatedAt : null;
      this.events.push({ ...this.event(step), recorded: step === 'edited' });
    }
  }

  private move(to: string, provided: Provided): void {
    const { phase, resumePhase, graphId } = this.ticket;
    const { phases } = this.rules.ruleOf(graphId)!.graph;
    const state = { phase, resumePhase, archived: false };
    this.ticket.resumePhase = resumePhaseAfter(state, phases.get(phase)!, phases.get(to)!);
    this.enter(to, { kind: 'transition', graphId, provided });
    this.events.push({ ...this.event('moved'), sequence: this.moves.length });
  }

  private migrate(planId: number): void {
    const { phase, resumePhase } = this.ticket;
    const plan = this.rules.plans.planOf(planId)!;
    const { phase: to, resumePhase: reached } = standingBy(plan, { phase, resumePhase }, this.rules)!;
    this.ticket.graphId = plan.to;
    this.ticket.resumePhase = reached;
    if (to !== phase)
      this.enter(to, { kind: 'migration', graphId: planId, provided: { reason: false, artifacts: false } });
    const sequence = to === phase ? null : this.moves.length;
    const workflowVersion = this.rules.ruleOf(plan.to)!.version;
    this.events.push({ ...this.event('migrated'), sequence, workflowVersion, recorded: true });
  }

  private enter(to: string, made: Pick<MoveRow, 'kind' | 'graphId' | 'provided'>): void {
    const { phase: from, version, updatedAt: at } = this.ticket;
    const sequence = ++this.ticket.transitionCount;
    this.moves.push({ ticketId: ID, sequence, from, to, ...made, version, at });
    Object.assign(this.ticket, { phase: to, previousPhase: from, phaseEnteredAt: at });
  }

  private event(type: string): EventRow {
    const { version, updatedAt: at } = this.ticket;
    return { ticketId: ID, version, type, sequence: null, workflowVersion: null, at, recorded: false };
  }
}
