import type { CheckedRow } from './checked-row';
import { type RowError, type RowErrorCode, quoted } from './row-error';

/** The past of a ticket as its log tells it. Each row starts where the one before it ended, and is not earlier. */
export interface Chain {
  readonly creation: CheckedRow;
  /** Without the rows that repeat a state. */
  readonly moves: readonly CheckedRow[];
  /** Rows that repeat a state: nothing changed. They have a `seq` of their own all the same. */
  readonly repeats: number;
  /** Rows whose times were cut to milliseconds. */
  readonly shortened: number;
  /** The last one that is not empty, or else the ticket's id. */
  readonly title: string;
  /** The row that gave the title. */
  readonly titledBy: CheckedRow;
  /** Every title that the ticket has had on its way. */
  readonly titles: ReadonlySet<string>;
}

/** @param rows at least one, by `seq` */
export function readChain(ticket: string, rows: readonly CheckedRow[]): Chain | RowError {
  const creation = rows[0]!;
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
    const reason = `the first row of the ticket has seq ${seq}; its creation, seq 1, is missing`;
    return { line, code: 'creation_missing', reason };
  }
  if (from === '') return undefined;
  const reason = `a creation starts nowhere, so from_state must be empty; got ${quoted(from)}`;
  return { line, code: 'chain_broken', reason };
}

function firstError(rows: readonly CheckedRow[]): RowError | undefined {
  for (let i = 1; i < rows.length; i++) {
    const error = checkPair(rows[i - 1]!, rows[i]!);
    if (error !== undefined) return error;
  }
  return undefined;
}

/** A row against the one before it. */
function checkPair(before: CheckedRow, row: CheckedRow): RowError | undefined {
  const error = (code: RowErrorCode, reason: string): RowError => ({ line: row.line, code, reason });
  const earlier = `the one before it, on line ${before.line},`;
  if (row.seq === before.seq) return error('seq_repeated', `seq ${row.seq} is on line ${before.line} already`);
  if (row.seq > before.seq + 1) return error('seq_gap', reasonOfGap(before.seq, row.seq));
  if (row.from !== before.to) {
    return error('chain_broken', `the row starts in ${quoted(row.from)}; ${earlier} ended in ${quoted(before.to)}`);
  }
  if (row.at >= before.at) return undefined;
  return error('time_falls', `the row is of ${iso(row.at)}; ${earlier} is of ${iso(before.at)}`);
}

function reasonOfGap(before: number, seq: number): string {
  const missing = seq === before + 2 ? `seq ${seq - 1} is` : `seq ${before + 1} to ${seq - 1} are`;
  return `seq ${seq} follows seq ${before}; ${missing} missing`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
