import { compileWorkflow, type CompiledWorkflow, type CompiledPhase, type GraphDefinition } from './compiled-workflow';
import { LINT_CODES, type LintCode, type LintFinding } from './lint-finding';
import { phasesLeadingTo, reachablePhases, sourcesOf } from './reachability';

/** Takes what is wrong at one place. */
type Report = (code: LintCode, pointer: string, message: string) => void;

/**
 * Everything that is wrong with a definition, in its order: initial phases, phases, transitions. Pure, and as fast as the
 * definition is short. It may be any nonsense; what cannot be understood is reported, and left out of what is looked at next.
 */
export function lintWorkflow(definition: GraphDefinition): LintFinding[] {
  const findings: LintFinding[] = [];
  const report: Report = (code, pointer, message) => {
    findings.push({ severity: LINT_CODES[code].severity, code, pointer, message });
  };
  const graph = compileWorkflow(definition);
  lintInitial(definition, graph, report);
  lintPhases(definition, graph, report);
  lintTransitions(definition, graph, report);
  return findings;
}

function lintInitial({ initial }: GraphDefinition, { phases }: CompiledWorkflow, report: Report): void {
  if (initial.length === 0) report('no_initial_phase', '/initial', 'At least one phase must be initial.');
  const seen = new Map<string, number>();
  for (const [i, id] of initial.entries()) {
    const first = firstPlace(seen, id, i);
    if (!phases.has(id)) report('unknown_phase', `/initial/${i}`, unknown(id));
    if (first !== i) report('duplicate_initial', `/initial/${i}`, `${named(id)} is in /initial/${first} already.`);
  }
}

function lintPhases(definition: GraphDefinition, graph: CompiledWorkflow, report: Report): void {
  const reached = reachablePhases(graph);
  const shortcomings = shortcomingsOf(graph);
  if (![...graph.phases.values()].some(isDone) && shortcomings.size < graph.phases.size)
    report('no_way_to_done', '/phases', 'No phase is of the category done, so no ticket ever is.');
  const seen = new Map<string, number>();
  for (const [i, { id }] of definition.phases.entries()) {
    const first = firstPlace(seen, id, i);
    if (first !== i) {
      report('duplicate_phase', `/phases/${i}/id`, `${named(id)} is in /phases/${first} already.`);
      continue;
    }
    const phase = graph.phases.get(id)!;
    // Where nothing is initial nothing can be reached, and that has been said.
    if (reached.size > 0 && !reached.has(phase)) report('unreachable_phase', `/phases/${i}`, unreachable(phase, graph));
    const shortcoming = shortcomings.get(phase);
    if (shortcoming !== undefined) report(shortcoming, `/phases/${i}`, SHORTCOMINGS[shortcoming](named(id)));
  }
}

function lintTransitions({ transitions }: GraphDefinition, { phases }: CompiledWorkflow, report: Report): void {
  const seen = new Map<string, Map<string, number>>();
  for (const [i, { from, to }] of transitions.entries()) {
    const place = `/transitions/${i}`;
    if (!phases.has(from)) report('unknown_phase', `${place}/from`, unknown(from));
    if (!phases.has(to)) report('unknown_phase', `${place}/to`, unknown(to));
    if (from === to) report('self_transition', place, `${named(from)} cannot be left for itself.`);
    if (!seen.has(from)) seen.set(from, new Map());
    const first = firstPlace(seen.get(from)!, to, i);
    if (first !== i) report('duplicate_transition', place, `${way(from, to)} is in /transitions/${first} already.`);
    else if (from !== to && phases.has(to) && isDone(phases.get(from)))
      report('exit_from_done', place, `${way(from, to)} leads out of a phase that is done.`);
  }
}

/** What a phase can lack, from the worst: each phase has one of them at most, so that no mistake is told twice. */
const SHORTCOMINGS = {
  dead_end: (phase: string) => `${phase} is not done, and no transition leads out of it.`,
  no_way_back: (phase: string) => `${phase} is waiting, and no moves lead to a phase that is not.`,
  no_way_to_done: (phase: string) => `${phase} is left for other phases, and none of them leads to one that is done.`,
} as const satisfies Partial<Record<LintCode, unknown>>;

function shortcomingsOf(graph: CompiledWorkflow): ReadonlyMap<CompiledPhase, keyof typeof SHORTCOMINGS> {
  const phases = [...graph.phases.values()];
  const sources = sourcesOf(graph);
  const comesBack = phasesLeadingTo(
    phases.filter(({ waiting }) => !waiting),
    sources,
  );
  const ends = phases.filter(isDone);
  // Where nothing is done, the mistake is not one of each phase.
  const comesToAnEnd = ends.length === 0 ? new Set(phases) : phasesLeadingTo(ends, sources);
  const found = new Map<CompiledPhase, keyof typeof SHORTCOMINGS>();
  for (const phase of phases) {
    if (!hasExit(phase) && !isDone(phase)) found.set(phase, 'dead_end');
    else if (!comesBack.has(phase)) found.set(phase, 'no_way_back');
    else if (!comesToAnEnd.has(phase)) found.set(phase, 'no_way_to_done');
  }
  return found;
}

function isDone(phase: CompiledPhase | undefined): boolean {
  return phase?.category === 'done';
}

/** A way to itself is none. */
function hasExit({ id, edges }: CompiledPhase): boolean {
  return edges.size > (edges.has(id) ? 1 : 0);
}

/** Where something was met first: here, when it has not been met before. */
function firstPlace(seen: Map<string, number>, what: string, here: number): number {
  const first = seen.get(what);
  if (first === undefined) seen.set(what, here);
  return first ?? here;
}

function named(id: string): string {
  return `Phase ${JSON.stringify(id)}`;
}

function unknown(id: string): string {
  return `${named(id)} is not among the phases.`;
}

function way(from: string, to: string): string {
  return `The transition from ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
}

function unreachable({ id }: CompiledPhase, { resume }: CompiledWorkflow): string {
  const rule = resume === 'reached' ? ', with nobody resuming further on than he had come' : '';
  return `${named(id)} cannot be reached from any initial phase${rule}.`;
}
