import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { resumePhaseAfter } from '../machine/judge';
import { stateAfterMigration, type PhaseState } from '../machine/migration';
import type { EventRow, HistoryRow, TicketRecord } from './ticket-record';
import type { StoredPlan, WorkflowVersions } from './workflow-versions';

/** A row of a ticket's history, or the event of a migration that kept the phase and therefore has no row. */
export type PathEntry = { readonly move: HistoryRow } | { readonly kept: EventRow };

/** The phase in which a ticket resumes. Undefined: unknown. */
export type ResumePhase = string | null | undefined;

/** Returns the path of a ticket through its workflow versions, ordered by ticket version. */
export function pathEntriesOf({ moves, events }: TicketRecord): PathEntry[] {
  const migrations = events.filter(({ type, sequence }) => type === 'migrated' && sequence === null);
  const entries: PathEntry[] = [];
  let next = 0;
  for (const move of moves) {
    for (let kept = migrations[next]; kept !== undefined && kept.version < move.version; kept = migrations[++next]) {
      entries.push({ kept });
    }
    entries.push({ move });
  }
  return [...entries, ...migrations.slice(next).map((kept) => ({ kept }))];
}

/**
 * Returns the plans by which a migration that kept the phase can have been made. Usually there is one; events do not record
 * the plan.
 *
 * @param start the graph of the ticket before the migration; undefined: unknown
 */
export function possiblePlans(
  { workflowVersion }: EventRow,
  phase: string,
  start: number | undefined,
  versions: WorkflowVersions,
): StoredPlan[] {
  return versions.plans.keeping(phase, start).filter(({ to }) => versions.versionOf(to)?.version === workflowVersion);
}

/** Returns the only distinct value; undefined if there is none or more than one. */
export function onlyValue<T>(values: Iterable<T>): T | undefined {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? first : undefined;
}

/** Returns the resume phase after a transition. A phase that the workflow does not have counts as not waiting. */
export function resumePhaseAfterRow(
  { phases }: CompiledWorkflow,
  { from, to }: Pick<HistoryRow, 'from' | 'to'>,
  resumePhase: ResumePhase,
): ResumePhase {
  const [source, target] = [phases.get(from), phases.get(to)];
  if (target === undefined) return null;
  if (source === undefined) return target.waiting ? from : null;
  if (source.waiting && target.waiting) return resumePhase;
  return resumePhaseAfter({ resumePhase: resumePhase ?? null }, source, target);
}

/**
 * Returns the state of a ticket after a migration by a plan.
 *
 * @returns null if the plan does not map the ticket's phase or its resume phase; undefined if the definition of either
 *   version is unknown
 */
export function stateAfterPlan(
  { from, to, mapping }: StoredPlan,
  ticket: PhaseState,
  versions: WorkflowVersions,
): PhaseState | null | undefined {
  const [start, goal] = [versions.versionOf(from), versions.versionOf(to)];
  if (!start?.complete || !goal?.complete) return undefined;
  const only = Array.from(mapping, ([phase, found]): [string, string | null] => [phase, onlyValue(found) ?? null]);
  return stateAfterMigration({ from: start.workflow, to: goal.workflow, mapping: new Map(only) }, ticket);
}
