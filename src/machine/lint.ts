import {
  compileWorkflow,
  type CompiledPhase,
  type CompiledWorkflow,
  type GraphDefinition,
  type TransitionDefinition,
} from './compiled-workflow';
import { LINT_CODES, type LintCode, type LintFinding } from './lint-finding';
import { phasesLeadingTo, reachablePhases, sourcesOf } from './reachability';

type AddFinding = (code: LintCode, pointer: string, message: string) => void;

/**
 * Returns every problem of a definition, in its order: initial phases, phases, transitions. Pure; the time is linear in the
 * size of the definition. Accepts any definition; parts that are reported as broken are excluded from later checks.
 */
export function lintWorkflow(definition: GraphDefinition): LintFinding[] {
  const steps = lintSteps(definition);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Transitions that one step checks. */
const STEP = 1_000;

/** Lints a definition in steps that each take a few milliseconds, so that the caller can do other work between them. */
export function* lintSteps(definition: GraphDefinition): Generator<undefined, LintFinding[]> {
  const findings: LintFinding[] = [];
  const add: AddFinding = (code, pointer, message) => {
    findings.push({ severity: LINT_CODES[code].severity, code, pointer, message });
  };
  const workflow = compileWorkflow(definition);
  yield;
  lintInitial(definition, workflow, add);
  lintPhases(definition, workflow, add);
  yield;
  const seen = new Map<string, number>();
  for (const [i, transition] of definition.transitions.entries()) {
    lintTransition(transition, i, seen, workflow, add);
    if (i % STEP === STEP - 1) yield;
  }
  return findings;
}

function lintInitial({ initial }: GraphDefinition, { phases }: CompiledWorkflow, add: AddFinding): void {
  if (initial.length === 0) add('no_initial_phase', '/initial', 'At least one phase must be initial.');
  const seen = new Map<string, number>();
  for (const [i, id] of initial.entries()) {
    const first = firstIndex(seen, id, i);
    if (!phases.has(id)) add('unknown_phase', `/initial/${i}`, unknownPhase(id));
    if (first !== i) add('duplicate_initial', `/initial/${i}`, `${phaseName(id)} is already in /initial/${first}.`);
  }
}

function lintPhases(definition: GraphDefinition, workflow: CompiledWorkflow, add: AddFinding): void {
  const reached = reachablePhases(workflow);
  const shortcomings = shortcomingsOf(workflow);
  if (![...workflow.phases.values()].some(isDone) && shortcomings.size < workflow.phases.size)
    add('no_way_to_done', '/phases', 'No phase has the category done, so no ticket can be finished.');
  const seen = new Map<string, number>();
  const looks = new Map<string, number>();
  for (const [i, { id }] of definition.phases.entries()) {
    const first = firstIndex(seen, id, i);
    const phase = workflow.phases.get(id);
    if (first !== i || phase === undefined) {
      add('duplicate_phase', `/phases/${i}/id`, `${phaseName(id)} is already in /phases/${first}.`);
      continue;
    }
    const alike = firstIndex(looks, lookOf(id), i);
    if (alike !== i)
      add('similar_phase', `/phases/${i}/id`, similarPhase(id, definition.phases[alike]?.id ?? '', alike));
    // Without a known initial phase no phase can be reached; that has been reported.
    if (reached.size > 0 && !reached.has(phase)) add('unreachable_phase', `/phases/${i}`, unreachable(phase, workflow));
    const shortcoming = shortcomings.get(phase);
    if (shortcoming !== undefined) add(shortcoming, `/phases/${i}`, SHORTCOMINGS[shortcoming](phaseName(id)));
  }
}

/** @param seen the index of the first transition between each two phases */
function lintTransition(
  transition: TransitionDefinition,
  i: number,
  seen: Map<string, number>,
  workflow: CompiledWorkflow,
  add: AddFinding,
): void {
  const { phases } = workflow;
  const { from, to } = transition;
  const pointer = `/transitions/${i}`;
  if (!phases.has(from)) add('unknown_phase', `${pointer}/from`, unknownPhase(from));
  if (!phases.has(to)) add('unknown_phase', `${pointer}/to`, unknownPhase(to));
  if (from === to) add('self_transition', pointer, `${phaseName(from)} cannot have a transition to itself.`);
  const first = firstIndex(seen, `${from.length} ${from} ${to}`, i);
  if (first !== i) {
    add('duplicate_transition', pointer, `${transitionName(from, to)} is already in /transitions/${first}.`);
    return;
  }
  if (from !== to && phases.has(to) && isDone(phases.get(from)))
    add('exit_from_done', pointer, `${transitionName(from, to)} leads out of a done phase.`);
  lintRequirements(transition, workflow, `${pointer}/requires`, add);
}

/** Reports what the guards of a transition find wrong with it. */
function lintRequirements(
  { from, to }: TransitionDefinition,
  { phases }: CompiledWorkflow,
  pointer: string,
  add: AddFinding,
): void {
  for (const [i, guard] of (phases.get(from)?.edges.get(to)?.guards ?? []).entries()) {
    const finding = guard.lint?.({ from, to });
    if (finding !== undefined) add(finding.code, `${pointer}/${i}`, finding.message);
  }
}

/** The shortcomings of phases, worst first. A phase is reported with the first that it has. */
const SHORTCOMINGS = {
  dead_end: (phase: string) => `${phase} is not done, and no transition leads out of it.`,
  no_way_back: (phase: string) => `${phase} is waiting, and only waiting phases can be reached from it.`,
  no_way_to_done: (phase: string) => `${phase} is not done, and no done phase can be reached from it.`,
} as const satisfies Partial<Record<LintCode, unknown>>;

function shortcomingsOf(workflow: CompiledWorkflow): ReadonlyMap<CompiledPhase, keyof typeof SHORTCOMINGS> {
  const phases = [...workflow.phases.values()];
  const sources = sourcesOf(workflow);
  const notWaiting = phases.filter(({ waiting }) => !waiting);
  const canResume = phasesLeadingTo(notWaiting, sources);
  const done = phases.filter(isDone);
  // A workflow without a done phase is reported once, not for each phase.
  const canFinish = done.length === 0 ? new Set(phases) : phasesLeadingTo(done, sources);
  const found = new Map<CompiledPhase, keyof typeof SHORTCOMINGS>();
  for (const phase of phases) {
    if (!hasExit(phase) && !isDone(phase)) found.set(phase, 'dead_end');
    else if (!canResume.has(phase)) found.set(phase, 'no_way_back');
    else if (!canFinish.has(phase)) found.set(phase, 'no_way_to_done');
  }
  return found;
}

function isDone(phase: CompiledPhase | undefined): boolean {
  return phase?.category === 'done';
}

/** A transition to the phase itself is not an exit. */
function hasExit({ id, edges }: CompiledPhase): boolean {
  return edges.size > (edges.has(id) ? 1 : 0);
}

/** Returns the index at which a name occurred first, which is this one if it is new. */
function firstIndex(seen: Map<string, number>, name: string, index: number): number {
  const first = seen.get(name);
  if (first === undefined) seen.set(name, index);
  return first ?? index;
}

/** Characters without a width: formats, joiners, marks of direction. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Returns what ids have in common that readers can hardly distinguish. */
function lookOf(id: string): string {
  return id.normalize('NFKC').replaceAll(INVISIBLE, '').replaceAll(/\s+/g, ' ').trim().toLowerCase().normalize('NFC');
}

/** Shows the ids with the code points that they do not share, because the ids look alike. */
function similarPhase(id: string, other: string, index: number): string {
  const shared = new Set(other);
  const own = Array.from(id).filter((character) => !shared.has(character));
  const points = own
    .slice(0, 3)
    .map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);
  const difference = points.length === 0 ? '' : ` It contains ${points.join(', ')}.`;
  return `${phaseName(id)} looks like ${JSON.stringify(other)} in /phases/${index}.${difference} Rename one of them.`;
}

function phaseName(id: string): string {
  return `Phase ${JSON.stringify(id)}`;
}

function unknownPhase(id: string): string {
  return `${phaseName(id)} is not among the phases.`;
}

function transitionName(from: string, to: string): string {
  return `The transition from ${JSON.stringify(from)} to ${JSON.stringify(to)}`;
}

function unreachable({ id }: CompiledPhase, { resume }: CompiledWorkflow): string {
  const rule = resume === 'reached' ? ' under the resume rule' : '';
  return `${phaseName(id)} cannot be reached from any initial phase${rule}.`;
}
