import type { CompiledWorkflow, CompiledPhase } from './compiled-workflow';

/**
 * Every phase that some ticket can come to. A ticket in a waiting phase takes along how far it has come; under the resume
 * rule that decides where it may go on, so of all tickets that come to a waiting phase the one that is furthest counts.
 */
export function reachablePhases({ initial, phases, resume }: CompiledWorkflow): ReadonlySet<CompiledPhase> {
  const bound = resume === 'reached';
  const furthest = new Map<CompiledPhase, number>();
  const [working, waiting] = [new Set<CompiledPhase>(), new Set<CompiledPhase>()];
  const arrive = (phase: CompiledPhase, order: number): void => {
    if ((furthest.get(phase) ?? -Infinity) >= order) return;
    furthest.set(phase, order);
    (phase.waiting ? waiting : working).add(phase);
  };
  for (const id of initial) {
    const phase = phases.get(id);
    // Who begins in a pause has come nowhere yet: he may resume in the initial phases, and those are here anyway.
    if (phase !== undefined) arrive(phase, bound && phase.waiting ? -1 : phase.order);
  }
  // Pauses come last: what comes to them from far on need not be followed again for everything that comes from less far.
  for (let phase = takeFrom(working, waiting); phase !== undefined; phase = takeFrom(working, waiting)) {
    const order = furthest.get(phase)!;
    for (const { to } of phase.edges.values()) {
      if (!bound) arrive(to, to.order);
      else if (to.waiting) arrive(to, order);
      else if (!phase.waiting || to.order <= order) arrive(to, to.order);
    }
  }
  return new Set(furthest.keys());
}

/** Takes a phase out of the first of these sets that has one. */
function takeFrom(...sets: Set<CompiledPhase>[]): CompiledPhase | undefined {
  for (const set of sets) {
    for (const phase of set) {
      set.delete(phase);
      return phase;
    }
  }
  return undefined;
}

/** Every phase from which edges lead to one of these, and these themselves. Asks for edges only, not for resume rules. */
export function phasesLeadingTo(
  targets: Iterable<CompiledPhase>,
  sources: ReadonlyMap<CompiledPhase, readonly CompiledPhase[]>,
): ReadonlySet<CompiledPhase> {
  const found = new Set(targets);
  // A set that grows while it is walked is a queue without repetitions.
  for (const phase of found) {
    for (const source of sources.get(phase) ?? []) found.add(source);
  }
  return found;
}

/** Where the edges into each phase come from. */
export function sourcesOf({ phases }: CompiledWorkflow): ReadonlyMap<CompiledPhase, readonly CompiledPhase[]> {
  const sources = new Map<CompiledPhase, CompiledPhase[]>();
  for (const from of phases.values()) {
    for (const { to } of from.edges.values()) {
      const known = sources.get(to);
      if (known === undefined) sources.set(to, [from]);
      else known.push(from);
    }
  }
  return sources;
}
