import { transitionKey, type DiagramTransition } from './diagram-edges';

/** Transitions of a ticket from one phase to another, counted. */
export interface CountedTransition {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/**
 * The path that a ticket took: its visits and transitions, counted. It can contain phases and transitions of an earlier
 * version of the workflow.
 */
export class PathTaken {
  private readonly visits: Map<string, number>;
  private readonly counts: ReadonlyMap<string, number>;

  /**
   * @param initial the phase in which the ticket was created
   * @param current the phase in which the ticket is now
   * @param transitions the ticket's transitions, each pair of phases once
   */
  constructor(
    initial: string,
    private readonly current: string,
    private readonly transitions: readonly CountedTransition[],
  ) {
    this.visits = new Map([[initial, 1]]);
    for (const { to, count } of transitions) this.visits.set(to, this.visitsTo(to) + count);
    this.counts = new Map(transitions.map((transition) => [transitionKey(transition), transition.count]));
  }

  /** Counts the visits to a phase. The ticket's stay in its initial phase is one. */
  visitsTo(phase: string): number {
    return this.visits.get(phase) ?? 0;
  }

  countOf(transition: Pick<DiagramTransition, 'from' | 'to'>): number {
    return this.counts.get(transitionKey(transition)) ?? 0;
  }

  isCurrent(phase: string): boolean {
    return this.current === phase;
  }

  /** Counts the ticket's transitions that a workflow version does not have. */
  countOutside(transitions: readonly Pick<DiagramTransition, 'from' | 'to'>[]): number {
    const known = new Set(transitions.map(transitionKey));
    const outside = this.transitions.filter((transition) => !known.has(transitionKey(transition)));
    return outside.reduce((sum, { count }) => sum + count, 0);
  }
}
