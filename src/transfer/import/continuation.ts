import type { Chain } from './chain';
import type { CheckedRow } from './checked-row';
import { iso, type RowError, quoted } from './row-error';
import type { StoredMove, StoredTicket } from './stored-tickets';

/** The rows of a log that are not yet stored. */
export interface Continuation {
  readonly moves: readonly CheckedRow[];
  /** The new title; null when it stays. */
  readonly title: string | null;
  /** True when another client has changed the title. */
  readonly titleKept: boolean;
}

/**
 * Compares a log with the stored ticket. Their common part must be equal. Then either the log continues the ticket, or
 * the stored ticket is ahead and there is nothing to add.
 */
export function continueTicket(chain: Chain, stored: StoredTicket): Continuation | RowError {
  const difference = findDifference(chain, stored);
  if (difference !== undefined) return difference;
  const moves = chain.moves.slice(stored.transitionCount);
  if (moves[0] !== undefined && stored.archived) {
    const reason = 'the ticket is archived. Restore it before adding transitions.';
    return { line: moves[0].line, code: 'ticket_archived', reason };
  }
  const title = isOutdated(chain, stored) ? chain.title : null;
  return { moves, title, titleKept: title === null && stored.title !== chain.title };
}

/** Returns whether the stored title is an earlier title of the log. */
function isOutdated(chain: Chain, stored: StoredTicket): boolean {
  const isBehind = stored.transitionCount <= chain.moves.length && !stored.archived;
  return isBehind && stored.title !== chain.title && chain.titles.has(stored.title);
}

function findDifference({ creation, moves }: Chain, stored: StoredTicket): RowError | undefined {
  if (!isSameCreation(creation, stored)) {
    const { initialPhase, createdAt, createdBy } = stored;
    const storedText = `created in ${quoted(initialPhase)} at ${iso(createdAt)} by ${quoted(createdBy ?? 'unknown')}`;
    const row = `the row creates the ticket in ${quoted(creation.to)} at ${iso(creation.at)} by ${quoted(creation.actor)}`;
    return { line: creation.line, code: 'differs', reason: `${row}; the stored ticket was ${storedText}` };
  }
  for (const [index, move] of stored.moves.entries()) {
    const row = moves[index];
    if (row === undefined || isSameMove(row, move)) continue;
    const difference = `${describeMove({ ...row, by: row.actor })}; stored transition ${index + 1} is ${describeMove(move)}`;
    return { line: row.line, code: 'differs', reason: `the row moves the ticket ${difference}` };
  }
  return undefined;
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
