import type { Chain } from './chain';
import type { CheckedRow } from './checked-row';
import { type RowError, quoted } from './row-error';
import type { StoredMove, StoredTicket } from './stored-tickets';

/** What a log adds to a ticket that is stored already. */
export interface Continuation {
  readonly moves: readonly CheckedRow[];
  /** The new title; null where it stays. */
  readonly title: string | null;
  /** The ticket has another title than in the log, which somebody else gave it. */
  readonly titleKept: boolean;
}

/**
 * Holds a log against what is stored of the ticket. As far as both go they must say the same. Then one of them may go on:
 * the log, and its rows are added; or the ticket, and there is nothing to add.
 */
export function continueTicket(chain: Chain, stored: StoredTicket): Continuation | RowError {
  const difference = findDifference(chain, stored);
  if (difference !== undefined) return difference;
  const moves = chain.moves.slice(stored.transitionCount);
  if (moves.length > 0 && stored.archived) {
    const reason = 'the ticket is archived; restore it before you add moves to it';
    return { line: moves[0]!.line, code: 'ticket_archived', reason };
  }
  const title = isOutdated(chain, stored) ? chain.title : null;
  return { moves, title, titleKept: title === null && stored.title !== chain.title };
}

/** A title that the log itself gave before, and that nobody else has changed since. */
function isOutdated(chain: Chain, stored: StoredTicket): boolean {
  const isBehind = stored.transitionCount <= chain.moves.length && !stored.archived;
  return isBehind && stored.title !== chain.title && chain.titles.has(stored.title);
}

function findDifference({ creation, moves }: Chain, stored: StoredTicket): RowError | undefined {
  if (!isSameCreation(creation, stored)) {
    const { initialPhase, createdAt, createdBy } = stored;
    const told = `created in ${quoted(initialPhase)} at ${iso(createdAt)} by ${quoted(createdBy ?? 'nobody')}`;
    const row = `the row creates the ticket in ${quoted(creation.to)} at ${iso(creation.at)} by ${quoted(creation.actor)}`;
    return { line: creation.line, code: 'differs', reason: `${row}; stored is that it was ${told}` };
  }
  const index = stored.moves.findIndex((move, i) => moves[i] !== undefined && !isSameMove(moves[i], move));
  if (index === -1) return undefined;
  const row = moves[index]!;
  const told = describeMove({ ...row, by: row.actor });
  const reason = `the row moves the ticket ${told}; stored move ${index + 1} is ${describeMove(stored.moves[index]!)}`;
  return { line: row.line, code: 'differs', reason };
}

function isSameCreation({ to, at, actor }: CheckedRow, { initialPhase, createdAt, createdBy }: StoredTicket): boolean {
  return to === initialPhase && at === createdAt && (createdBy === null || createdBy === actor);
}

function isSameMove({ from, to, at, actor }: CheckedRow, move: StoredMove): boolean {
  return from === move.from && to === move.to && at === move.at && actor === move.by;
}

function describeMove({ from, to, at, by }: StoredMove): string {
  return `from ${quoted(from)} to ${quoted(to)} at ${iso(at)} by ${quoted(by)}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
