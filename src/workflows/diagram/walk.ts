/** A move from one phase to another, and how often a ticket made it. */
export interface WalkedMove {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** What a ticket did. It may name phases and moves that its workflow does not have: those of an earlier version. */
export interface Walk {
  /** Visits by phase; the stay it began with is one. */
  readonly visits: ReadonlyMap<string, number>;
  readonly moves: readonly WalkedMove[];
  /** Where it is now. */
  readonly current: string;
}

/**
 * Puts a walk together from a ticket's history.
 * @param initial the phase it was created in
 * @param current the phase it is in
 * @param moves its moves, each pair of phases once
 */
export function walkOf(initial: string, current: string, moves: readonly WalkedMove[]): Walk {
  const visits = new Map([[initial, 1]]);
  for (const { to, count } of moves) visits.set(to, (visits.get(to) ?? 0) + count);
  return { visits, moves, current };
}

/** A walk, ready to be asked about every phase and move. */
export class Footprints {
  private readonly counts: ReadonlyMap<string, number>;

  constructor(private readonly walk: Walk) {
    this.counts = new Map(walk.moves.map(({ from, to, count }) => [moveKey(from, to), count]));
  }

  /** How often the ticket entered the phase. */
  visitsOf(phase: string): number {
    return this.walk.visits.get(phase) ?? 0;
  }

  /** How often the ticket made the move. */
  countOf({ from, to }: Pick<WalkedMove, 'from' | 'to'>): number {
    return this.counts.get(moveKey(from, to)) ?? 0;
  }

  isCurrent(phase: string): boolean {
    return this.walk.current === phase;
  }

  /** How many of the ticket's moves are none of these: an earlier version of the workflow had them. */
  movesBeyond(moves: readonly Pick<WalkedMove, 'from' | 'to'>[]): number {
    const known = new Set(moves.map(({ from, to }) => moveKey(from, to)));
    const strange = this.walk.moves.filter(({ from, to }) => !known.has(moveKey(from, to)));
    return strange.reduce((sum, { count }) => sum + count, 0);
  }
}

/** The class of what a ticket did or did not do; none, where no ticket is shown. */
export function walkedClass(count: number | undefined): string {
  if (count === undefined) return '';
  return count > 0 ? ' walked' : ' unwalked';
}

/** One text for two phases. Their names are people's own, so whatever is put between them could be part of one. */
export function moveKey(from: string, to: string): string {
  return JSON.stringify([from, to]);
}
