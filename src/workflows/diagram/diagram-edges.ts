import type { CompleteWorkflow } from '../../machine/workflow';

export type DiagramTransition = CompleteWorkflow['transitions'][number];

/** An edge of a diagram: a transition, or two opposite transitions that share it. */
export interface DiagramEdge {
  readonly transition: DiagramTransition;
  readonly opposite?: DiagramTransition;
}

/**
 * Returns the edges of a workflow's diagram; every transition is on exactly one. Opposite transitions share an edge, which
 * halves the edges of a phase like BLOCKED. Two exceptions keep the diagram clear: transitions between adjacent phases,
 * which form the main line, and transitions of one kind with different requirements.
 */
export function diagramEdges({ phases, transitions }: CompleteWorkflow): DiagramEdge[] {
  const order = new Map(phases.map(({ id }, index) => [id, index]));
  const known = transitions.filter(({ from, to }) => order.has(from) && order.has(to));
  const byPhases = new Map(known.map((transition) => [transitionKey(transition), transition]));
  const drawn = new Set<DiagramTransition>();
  const edges: DiagramEdge[] = [];
  for (const transition of byPhases.values()) {
    if (drawn.has(transition)) continue;
    const opposite = byPhases.get(transitionKey({ from: transition.to, to: transition.from }));
    const shared = opposite !== undefined && mayShare(transition, opposite, order);
    edges.push(shared ? pairOf(transition, opposite) : { transition });
    drawn.add(transition);
    if (shared) drawn.add(opposite);
  }
  return edges;
}

/** Returns one text for two phases. Phase ids can contain any separator, so JSON keeps them apart. */
export function transitionKey({ from, to }: Pick<DiagramTransition, 'from' | 'to'>): string {
  return JSON.stringify([from, to]);
}

/** More labels would cover each other, and room for 120 takes Graphviz five times as long. */
const MAX_LABELLED_EDGES = 60;

/** Returns whether the edges of a diagram show the requirements of their transitions. */
export function showsRequirements(edges: readonly DiagramEdge[]): boolean {
  return edges.length <= MAX_LABELLED_EDGES;
}

/** Returns the label of an edge: the requirements of its transitions. Empty if there are none. */
export function requirementsLabel({ transition, opposite }: DiagramEdge): string {
  if (opposite === undefined || haveSameRequirements(transition, opposite)) return requirementsOf(transition);
  return [transition, opposite]
    .filter(({ requires }) => requires.length > 0)
    .map((each) => `${each.kind}: ${requirementsOf(each)}`)
    .join(', ');
}

function requirementsOf({ requires }: DiagramTransition): string {
  return requires.join(' + ');
}

function mayShare(
  transition: DiagramTransition,
  opposite: DiagramTransition,
  order: ReadonlyMap<string, number>,
): boolean {
  const waits = transition.kind === 'block' || transition.kind === 'resume';
  const adjacent = Math.abs((order.get(transition.from) ?? 0) - (order.get(transition.to) ?? 0)) === 1;
  return (waits || !adjacent) && (transition.kind !== opposite.kind || haveSameRequirements(transition, opposite));
}

function haveSameRequirements({ requires }: DiagramTransition, { requires: others }: DiagramTransition): boolean {
  return requires.length === others.length && requires.every((requirement) => others.includes(requirement));
}

/** Puts the transition that leads on first. */
function pairOf(transition: DiagramTransition, opposite: DiagramTransition): DiagramEdge {
  const leadsBack = transition.kind === 'regression' || transition.kind === 'resume';
  return leadsBack ? { transition: opposite, opposite: transition } : { transition, opposite };
}
