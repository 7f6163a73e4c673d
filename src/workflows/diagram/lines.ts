import type { CompleteWorkflow } from '../../machine/workflow';
import { moveKey } from './walk';

export type Move = CompleteWorkflow['transitions'][number];

/** What is drawn as one line: a move, or a move and its way back. */
export interface Line {
  readonly there: Move;
  readonly back?: Move;
}

/**
 * The lines of a workflow; every move is in exactly one. Two moves between the same phases share a line, which halves
 * what a phase like BLOCKED needs. They do not on the way from one phase to the next, where the main line shall look like
 * one, and not where nothing would tell which of the two requires what.
 */
export function linesOf({ phases, transitions }: CompleteWorkflow): Line[] {
  const places = new Map(phases.map(({ id }, place) => [id, place]));
  const known = transitions.filter(({ from, to }) => places.has(from) && places.has(to));
  const moves = new Map(known.map((move) => [moveKey(move.from, move.to), move]));
  const drawn = new Set<Move>();
  const lines: Line[] = [];
  for (const move of moves.values()) {
    if (drawn.has(move)) continue;
    const back = moves.get(moveKey(move.to, move.from));
    const shared = back !== undefined && mayShare(move, back, places);
    lines.push(shared ? inOrder(move, back) : { there: move });
    drawn.add(move);
    if (shared) drawn.add(back);
  }
  return lines;
}

function mayShare(move: Move, back: Move, places: ReadonlyMap<string, number>): boolean {
  const pause = move.kind === 'block' || move.kind === 'resume';
  const neighbours = Math.abs(places.get(move.from)! - places.get(move.to)!) === 1;
  return (pause || !neighbours) && (move.kind !== back.kind || haveSameNeeds(move, back));
}

/** Whether two moves require the same of whoever makes them. */
export function haveSameNeeds({ requires }: Move, { requires: others }: Move): boolean {
  return requires.length === others.length && requires.every((need) => others.includes(need));
}

/** The way on comes first, and the way back second. */
function inOrder(move: Move, back: Move): Line {
  const turned = move.kind === 'regression' || move.kind === 'resume';
  return turned ? { there: back, back: move } : { there: move, back };
}
