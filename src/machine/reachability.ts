import type { CompiledWorkflow, CompiledPhase } from './compiled-workflow';

/**
 * Returns every phase that a ticket can reach. Under the resume rule, the phases that a waiting ticket can resume in depend on
 * how far it has come; therefore the furthest ticket that enters a waiting phase counts.
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
    // A ticket created in a waiting phase has reached nothing. It can resume in the initial phases, which are visited anyway.
    if (phase !== undefined) arrive(phase, bound && phase.waiting ? -1 : phase.order);
  }
  // Waiting phases are visited last, so that they are rarely visited again for a ticket that has come further.
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

/** Removes and returns a phase of the first set that is not empty. */
function takeFrom(...sets: Set<CompiledPhase>[]): CompiledPhase | undefined {
  for (const set of sets) {
    for (const phase of set) {
      set.delete(phase);
      return phase;
    }
  }
  return undefined;
}

/** Returns these phases and every phase from which edges lead to one of them, regardless of the resume rule. */
export function phasesLeadingTo(
  targets: Iterable<CompiledPhase>,
  sources: ReadonlyMap<CompiledPhase, readonly CompiledPhase[]>,
): ReadonlySet<CompiledPhase> {
  const found = new Set(targets);
  // A set that grows during its iteration is a queue without duplicates.
  for (const phase of found) {
    for (const source of sources.get(phase) ?? []) found.add(source);
  }
  return found;
}

/** Returns the sources of the edges into each phase. */
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
