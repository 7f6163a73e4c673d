import type { CheckedRow } from './checked-row';
import { iso, type RowError, type RowErrorCode, quoted } from './row-error';

/**
 * The history of a ticket in a log. Each row starts in the state in which the previous row ended and is not earlier.
 */
export interface Chain {
  readonly creation: CheckedRow;
  /** Without rows that repeat the previous state. */
  readonly moves: readonly CheckedRow[];
  /** Rows that repeat the previous state. They have a `seq` of their own. */
  readonly repeats: number;
  /** Rows whose times were truncated to milliseconds. */
  readonly shortened: number;
  /** The last title that is not empty, or else the ticket id. */
  readonly title: string;
  /** The row with the title. */
  readonly titledBy: CheckedRow;
  /** All titles of the ticket in the log. */
  readonly titles: ReadonlySet<string>;
}

/**
 * Checks that the rows of a ticket form a history.
 *
 * @param rows at least one, ordered by `seq`
 */
export function readChain(ticket: string, rows: readonly CheckedRow[]): Chain | RowError {
  const [creation] = rows;
  if (creation === undefined) throw new RangeError('A ticket has at least one row.');
  const error = checkCreation(creation) ?? firstError(rows);
  if (error !== undefined) return error;
  const titled = rows.filter(({ title }) => title.trim() !== '');
  const moves = rows.filter(({ from, to }) => from !== to);
  return {
    creation,
    moves: moves.slice(1),
    repeats: rows.length - moves.length,
    shortened: rows.filter(({ shortened }) => shortened).length,
    title: titled.at(-1)?.title ?? ticket,
    titledBy: titled.at(-1) ?? creation,
    titles: new Set([...(titled[0] === creation ? [] : [ticket]), ...titled.map(({ title }) => title)]),
  };
}

function checkCreation({ line, seq, from }: CheckedRow): RowError | undefined {
  if (seq !== 1) {
    const reason = `the ticket starts with seq ${seq}; its creation, seq 1, is missing`;
    return { line, code: 'creation_missing', reason };
  }
  if (from === '') return undefined;
  const reason = `from_state of a creation must be empty; got ${quoted(from)}`;
  return { line, code: 'chain_broken', reason };
}

function firstError(rows: readonly CheckedRow[]): RowError | undefined {
  let before: CheckedRow | undefined;
  for (const row of rows) {
    const error = before && checkPair(before, row);
    if (error !== undefined) return error;
    before = row;
  }
  return undefined;
}

/** Checks a row against the previous one. */
function checkPair(before: CheckedRow, row: CheckedRow): RowError | undefined {
  const error = (code: RowErrorCode, reason: string): RowError => ({ line: row.line, code, reason });
  const earlier = `the previous row, on line ${before.line},`;
  if (row.seq === before.seq) return error('seq_repeated', `seq ${row.seq} is already on line ${before.line}`);
  if (row.seq > before.seq + 1) return error('seq_gap', reasonOfGap(before.seq, row.seq));
  if (row.from !== before.to) {
    return error('chain_broken', `from_state is ${quoted(row.from)}; ${earlier} ended in ${quoted(before.to)}`);
  }
  if (row.at >= before.at) return undefined;
  return error('time_falls', `at is ${iso(row.at)}; ${earlier} is at ${iso(before.at)}`);
}

function reasonOfGap(before: number, seq: number): string {
  const missing = seq === before + 2 ? `seq ${seq - 1} is` : `seq ${before + 1} to ${seq - 1} are`;
  return `seq ${seq} follows seq ${before}; ${missing} missing`;
}
