import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { findingCodeOf, judge } from '../machine/judge';
import type { Report, RowReference } from './finding';
import {
  onlyValue,
  pathEntriesOf,
  possiblePlans,
  resumePhaseAfterRow,
  stateAfterPlan,
  type ResumePhase,
} from './ticket-path';
import type { EventRow, HistoryRow, TicketRecord } from './ticket-record';
import type { StoredPlan, WorkflowVersions } from './workflow-versions';

/** The state of a ticket before an entry of its path. */
interface StateBefore {
  readonly phase: string;
  /** Undefined: unknown, because no row has named a graph yet. */
  readonly graphId: number | undefined;
  readonly resumePhase: ResumePhase;
}

/**
 * Replays the history with the judge and reports every transition that it rejects. Transitions are judged by the workflow
 * version that they were made under, migrations by their plans.
 *
 * The replay continues after a rejected transition, with the state that the transition led to. `auditEvents` checks that the
 * ticket was not archived.
 */
export function auditRules(record: TicketRecord, versions: WorkflowVersions, report: Report): void {
  const { ticket } = record;
  if (versions.versionOf(ticket.graphId) === undefined && versions.plans.planOf(ticket.graphId) === undefined) {
    return report('graph_unknown', `Graph ${ticket.graphId} does not exist.`);
  }
  auditRulesKnown(record, versions, report);
  auditInitialPhase(record, versions, report);
  let state: StateBefore | undefined = { phase: ticket.initialPhase, graphId: undefined, resumePhase: null };
  for (const entry of pathEntriesOf(record)) {
    state =
      'kept' in entry ? afterKept(entry.kept, state, versions, report) : afterRow(entry.move, state, versions, report);
    if (state === undefined) return;
  }
  const { resumePhase } = state;
  if (resumePhase === undefined || ticket.resumePhase === resumePhase) return;
  if (!versions.versionOf(ticket.graphId)?.complete) return;
  const expected = `after all transitions ${resumePhase} was expected`;
  report('resume_phase_mismatch', `resume_phase_id is ${ticket.resumePhase}; ${expected}.`);
}

/** Reports the graphs without rules of the ticket and of its transitions, each with the first row under it. */
function auditRulesKnown({ ticket, moves }: TicketRecord, versions: WorkflowVersions, report: Report): void {
  if (versions.edgesOnly.length === 0) return;
  const reported = new Set<number>();
  for (const { sequence, graphId } of moves) {
    if (reported.has(graphId) || versions.versionOf(graphId)?.complete !== false) continue;
    reported.add(graphId);
    const detail = `History row ${sequence} was made under graph ${graphId}, which has no valid definition.`;
    report('rules_missing', detail, { move: sequence });
  }
  if (!reported.has(ticket.graphId) && versions.versionOf(ticket.graphId)?.complete === false) {
    report('rules_missing', `The ticket is under graph ${ticket.graphId}, which has no valid definition.`);
  }
}

/** Checks the initial phase against the workflow version of the first row, or of a ticket that never moved. */
function auditInitialPhase({ ticket, moves: [first] }: TicketRecord, versions: WorkflowVersions, report: Report): void {
  const graphId = first === undefined ? ticket.graphId : (versions.plans.planOf(first.graphId)?.from ?? first.graphId);
  const version = versions.versionOf(graphId);
  if (version?.complete && !version.workflow.phases.has(ticket.initialPhase)) {
    report('phase_unknown', `The ticket started in ${ticket.initialPhase}, which is not a phase of graph ${graphId}.`);
  }
}

/** @returns undefined if the graph of the row does not exist; then the rest cannot be judged */
function afterRow(
  row: HistoryRow,
  state: StateBefore,
  versions: WorkflowVersions,
  report: Report,
): StateBefore | undefined {
  const plan = versions.plans.planOf(row.graphId);
  if (plan !== undefined) return afterMigration(row, plan, state, versions, report);
  const workflow = versions.versionOf(row.graphId)?.workflow;
  if (workflow === undefined) {
    const detail = `History row ${row.sequence} was made under graph ${row.graphId}, which does not exist.`;
    report('graph_unknown', detail, { move: row.sequence });
    return undefined;
  }
  auditTransition(workflow, row, state.resumePhase, report);
  return { phase: row.to, graphId: row.graphId, resumePhase: resumePhaseAfterRow(workflow, row, state.resumePhase) };
}

function afterMigration(
  row: HistoryRow,
  plan: StoredPlan,
  state: StateBefore,
  versions: WorkflowVersions,
  report: Report,
): StateBefore {
  const start = { ...state, phase: row.from };
  if (!plan.mapping.get(row.from)?.has(row.to)) reportEdge(row, report);
  else if (isUnmapped(plan, start, versions))
    reportUnmapped(`History row ${row.sequence}`, start, { move: row.sequence }, report);
  return { phase: row.to, graphId: plan.to, resumePhase: resumePhaseByPlan(plan, start, versions) };
}

/** Events do not record the plan. The resume phase is unknown if more than one plan is possible and they differ. */
function afterKept(event: EventRow, state: StateBefore, versions: WorkflowVersions, report: Report): StateBefore {
  const plans = possiblePlans(event, state.phase, state.graphId, versions);
  if (plans.length > 0 && plans.every((plan) => isUnmapped(plan, state, versions))) {
    reportUnmapped(`The event of version ${event.version}`, state, { event: event.version }, report);
  }
  const graphId = onlyValue(plans.map(({ to }) => to));
  return { ...state, graphId, resumePhase: onlyValue(plans.map((plan) => resumePhaseByPlan(plan, state, versions))) };
}

function isUnmapped(plan: StoredPlan, { phase, resumePhase }: StateBefore, versions: WorkflowVersions): boolean {
  return resumePhase !== undefined && stateAfterPlan(plan, { phase, resumePhase }, versions) === null;
}

function resumePhaseByPlan(
  plan: StoredPlan,
  { phase, resumePhase }: StateBefore,
  versions: WorkflowVersions,
): ResumePhase {
  const after = stateAfterPlan(plan, { phase, resumePhase: resumePhase ?? null }, versions);
  if (after === null || after === undefined) return undefined;
  const isWaiting = (graphId: number, id: string) => versions.versionOf(graphId)?.workflow.phases.get(id)?.waiting;
  const staysWaiting = isWaiting(plan.from, phase) && isWaiting(plan.to, after.phase);
  return staysWaiting && resumePhase === undefined ? undefined : after.resumePhase;
}

/** Judges a stored transition. A ticket whose resume phase is unknown may resume in any phase. */
function auditTransition(workflow: CompiledWorkflow, row: HistoryRow, resumePhase: ResumePhase, report: Report): void {
  const rules = resumePhase === undefined ? { ...workflow, resume: 'any' as const } : workflow;
  const state = { phase: row.from, resumePhase: resumePhase ?? null, archived: false };
  const verdict = judge(rules, state, row.to, row.met);
  if (verdict.allowed) return;
  if (verdict.blockers.length === 0) reportEdge(row, report);
  for (const blocker of verdict.blockers) {
    const detail = `History row ${row.sequence} breaks a rule of its workflow: ${blocker.message}`;
    report(findingCodeOf(blocker), detail, { move: row.sequence });
  }
}

function reportUnmapped(subject: string, { resumePhase }: StateBefore, row: RowReference, report: Report): void {
  const detail = `${subject} is a migration that does not map ${resumePhase}, the ticket's resume phase.`;
  report('edge_unknown', detail, row);
}

function reportEdge({ sequence, from, to, graphId }: HistoryRow, report: Report): void {
  report('edge_unknown', `History row ${sequence} goes from ${from} to ${to}; graph ${graphId} has no such edge.`, {
    move: sequence,
  });
}
