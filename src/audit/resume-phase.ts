import type { CompiledWorkflow } from '../machine/compiled-workflow';
import { resumePhaseAfter } from '../machine/judge';
import { standingAfter, type Standing } from '../machine/migration';
import type { Plan } from './plans';
import type { Rulebook } from './rulebook';
import type { MoveRow } from './ticket-record';

/** Where a ticket is to resume. Undefined: nobody can tell. */
export type ResumePhase = string | null | undefined;

/** The only value there is; undefined: there is none, or more than one. */
export function onlyOne<T>(values: Iterable<T>): T | undefined {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? first : undefined;
}

/** After a move under a graph. A phase that the graph does not have is no waiting one. */
export function resumePhaseUnder(
  graph: CompiledWorkflow,
  { from, to }: Pick<MoveRow, 'from' | 'to'>,
  resumePhase: ResumePhase,
): ResumePhase {
  const [source, target] = [graph.phases.get(from), graph.phases.get(to)];
  if (target === undefined) return null;
  if (source === undefined) return target.waiting ? from : null;
  if (source.waiting && target.waiting) return resumePhase;
  return resumePhaseAfter({ phase: from, resumePhase: resumePhase ?? null, archived: false }, source, target);
}

/**
 * Where a ticket stands once a plan has brought it to another graph.
 *
 * @returns null when the plan has no place for where it is, or for where it is to resume; undefined when nobody can tell
 */
export function standingBy(
  { from, to, places }: Plan,
  ticket: Standing,
  rulebook: Rulebook,
): Standing | null | undefined {
  const [start, goal] = [rulebook.ruleOf(from), rulebook.ruleOf(to)];
  if (!start?.complete || !goal?.complete) return undefined;
  const only = Array.from(places, ([phase, found]): [string, string | null] => [phase, onlyOne(found) ?? null]);
  return standingAfter({ from: start.graph, to: goal.graph, places: new Map(only) }, ticket);
}
