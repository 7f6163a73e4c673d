import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { judge } from '../machine/judge';
import type { AboutRow, FindingCode, Report } from './finding';
import type { Plan } from './plans';
import { onlyOne, resumePhaseUnder, standingBy, type ResumePhase } from './resume-phase';
import type { Rulebook } from './rulebook';
import { plansOf, stepsOf } from './steps';
import type { EventRow, MoveRow, TicketRecord } from './ticket-record';

/** What a move found, as far as it can be told. */
interface Found {
  readonly phase: string;
  /** Undefined: nobody knows, since no move has told it yet. */
  readonly graphId: number | undefined;
  readonly resumePhase: ResumePhase;
}

/**
 * Replays the moves before the judge that decides them when they are made, and reports each one that he would have refused:
 * each by the graph that it was made under, and migrations by their plans.
 *
 * A refused move is replayed all the same, so that the moves after it are judged on what they found. Whether the ticket
 * was archived meanwhile is told by its events, not by its moves.
 */
export function auditRules(record: TicketRecord, rulebook: Rulebook, report: Report): void {
  const { ticket } = record;
  if (!isKnown(ticket.graphId, rulebook)) return report('graph_unknown', `There is no graph ${ticket.graphId}.`);
  auditBeginning(record, rulebook, report);
  let found: Found | undefined = { phase: ticket.initialPhase, graphId: undefined, resumePhase: null };
  for (const step of stepsOf(record)) {
    found =
      'kept' in step ? afterKept(step.kept, found, rulebook, report) : afterMove(step.move, found, rulebook, report);
    if (found === undefined) return;
  }
  const { resumePhase } = found;
  if (resumePhase === undefined || ticket.resumePhase === resumePhase) return;
  if (!rulebook.ruleOf(ticket.graphId)?.complete) return;
  const due = `after all of its moves it should be ${resumePhase}`;
  report('resume_phase_mismatch', `resume_phase_id is ${ticket.resumePhase}; ${due}.`);
}

function isKnown(graphId: number, rulebook: Rulebook): boolean {
  return rulebook.ruleOf(graphId) !== undefined || rulebook.plans.planOf(graphId) !== undefined;
}

/** A ticket began under the graph of its first row, or one that kept the phase on the way there. */
function auditBeginning({ ticket, moves: [first] }: TicketRecord, rulebook: Rulebook, report: Report): void {
  const graphId = first === undefined ? ticket.graphId : (rulebook.plans.planOf(first.graphId)?.from ?? first.graphId);
  const rule = rulebook.ruleOf(graphId);
  if (rule?.complete && !rule.graph.phases.has(ticket.initialPhase)) {
    report('phase_unknown', `The ticket began in ${ticket.initialPhase}, which graph ${graphId} does not have.`);
  }
}

/** @returns undefined when there is no such graph: then nothing more can be said */
function afterMove(move: MoveRow, found: Found, rulebook: Rulebook, report: Report): Found | undefined {
  const plan = rulebook.plans.planOf(move.graphId);
  if (plan !== undefined) return afterMigration(move, plan, found, rulebook, report);
  const graph = rulebook.ruleOf(move.graphId)?.graph;
  if (graph === undefined) {
    report('graph_unknown', `There is no graph ${move.graphId}, under which history row ${move.sequence} was made.`, {
      move: move.sequence,
    });
    return undefined;
  }
  auditMove(graph, move, found.resumePhase, report);
  return { phase: move.to, graphId: move.graphId, resumePhase: resumePhaseUnder(graph, move, found.resumePhase) };
}

function afterMigration(move: MoveRow, plan: Plan, found: Found, rulebook: Rulebook, report: Report): Found {
  const start = { ...found, phase: move.from };
  if (!plan.places.get(move.from)?.has(move.to)) reportEdge(move, report);
  else if (hasNoPlace(plan, start, rulebook))
    reportPlace(`History row ${move.sequence}`, start, { move: move.sequence }, report);
  return { phase: move.to, graphId: plan.to, resumePhase: resumePhaseBy(plan, start, rulebook) };
}

/** It is not written down by which plan; where more than one can have been, and they differ, nobody can tell. */
function afterKept(event: EventRow, found: Found, rulebook: Rulebook, report: Report): Found {
  const plans = plansOf(event, found.phase, found.graphId, rulebook);
  if (plans.length > 0 && plans.every((plan) => hasNoPlace(plan, found, rulebook))) {
    reportPlace(`The event of version ${event.version}`, found, { event: event.version }, report);
  }
  const graphId = onlyOne(plans.map(({ to }) => to));
  return { ...found, graphId, resumePhase: onlyOne(plans.map((plan) => resumePhaseBy(plan, found, rulebook))) };
}

function hasNoPlace(plan: Plan, { phase, resumePhase }: Found, rulebook: Rulebook): boolean {
  return resumePhase !== undefined && standingBy(plan, { phase, resumePhase }, rulebook) === null;
}

function resumePhaseBy(plan: Plan, { phase, resumePhase }: Found, rulebook: Rulebook): ResumePhase {
  const standing = standingBy(plan, { phase, resumePhase: resumePhase ?? null }, rulebook);
  if (standing === null || standing === undefined) return undefined;
  const isWaiting = (graphId: number, id: string) => rulebook.ruleOf(graphId)?.graph.phases.get(id)?.waiting;
  const waitsOn = isWaiting(plan.from, phase) && isWaiting(plan.to, standing.phase);
  return waitsOn && resumePhase === undefined ? undefined : standing.resumePhase;
}

/** Where nobody knows what the ticket had reached, it may resume anywhere. */
function auditMove(graph: CompiledWorkflow, move: MoveRow, resumePhase: ResumePhase, report: Report): void {
  const rules = resumePhase === undefined ? { ...graph, resume: 'any' as const } : graph;
  const state = { phase: move.from, resumePhase: resumePhase ?? null, archived: false };
  const verdict = judge(rules, state, move.to, move.provided);
  if (verdict.allowed) return;
  if (verdict.blockers.length === 0) reportEdge(move, report);
  const code: FindingCode = verdict.code === 'guard_failed' ? 'requirement_missing' : 'resume_rule_broken';
  for (const { message } of verdict.blockers) {
    report(code, `History row ${move.sequence} would have been refused: ${message}`, { move: move.sequence });
  }
}

function reportPlace(what: string, { resumePhase }: Found, row: AboutRow, report: Report): void {
  report(
    'edge_unknown',
    `${what} tells of a migration that has no place for ${resumePhase}, where the ticket was to resume.`,
    row,
  );
}

function reportEdge({ sequence, from, to, graphId }: MoveRow, report: Report): void {
  report('edge_unknown', `History row ${sequence} goes from ${from} to ${to}; graph ${graphId} has no such edge.`, {
    move: sequence,
  });
}
