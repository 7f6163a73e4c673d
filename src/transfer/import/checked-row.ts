import type { Priority } from '../../tickets/ticket.entity';
import { isStorableText } from '../../database/storable';
import { readTime } from '../log/log-time';
import { type RowError, type RowErrorCode, quoted } from './row-error';
import type { WholeRow } from './log-row';

/** A row every part of which can be stored. Whether it fits the others is another matter. */
export interface CheckedRow {
  readonly line: number;
  readonly seq: number;
  /** Empty at a creation. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: string;
  readonly title: string;
  /** The log knew the time finer than to the millisecond. */
  readonly shortened: boolean;
  readonly priority?: Priority;
}

const LENGTHS = { ticket_id: 255, from_state: 50, to_state: 50, actor: 255, title: 500 } as const;
const MAX_SEQ = 1_000_000_000;
const DAY = 86_400_000;

/** Whom the history names where the log names nobody. */
const DEFAULT_ACTOR = 'system';

/** @param now the latest times are a day after it, since clocks and time zones of a log may be wrong by as much */
export function checkRow({ line, columns, priority }: WholeRow, now: number): CheckedRow | RowError {
  const { from_state, to_state, actor, title } = columns;
  const error = (code: RowErrorCode, reason: string | undefined): RowError | undefined =>
    reason === undefined ? undefined : { line, code, reason };
  const [seq, time] = [readSeq(columns.seq), readTime(columns.at)];
  const found =
    error('bad_seq', seq === null ? reasonOfSeq(columns.seq) : undefined) ??
    error('bad_state', checkText('to_state', to_state, 1) ?? checkText('from_state', from_state, 0)) ??
    error('bad_actor', checkText('actor', actor, 0)) ??
    error('bad_title', checkText('title', title, 0)) ??
    error('bad_time', time === undefined ? reasonOfTime(columns.at) : undefined) ??
    error('time_out_of_range', checkRange(time!.at, now));
  if (found !== undefined) return found;
  const by = actor.trim() === '' ? DEFAULT_ACTOR : actor;
  return { line, seq: seq!, from: from_state, to: to_state, ...time!, actor: by, title, ...(priority && { priority }) };
}

/** @returns what is wrong with it, undefined where nothing is */
export function checkTicketId(id: string): string | undefined {
  return checkText('ticket_id', id, 1);
}

/** @returns what is wrong with it, undefined where nothing is */
export function checkState(name: string): string | undefined {
  return checkText('to_state', name, 1);
}

/** @returns null where it is none */
export function readSeq(text: string): number | null {
  const seq = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return seq >= 1 && seq <= MAX_SEQ ? seq : null;
}

function reasonOfSeq(text: string): string {
  return `seq must be a whole number from 1 to ${MAX_SEQ}; got ${quoted(text)}`;
}

function reasonOfTime(text: string): string {
  return `at must be a time such as 2026-01-31T12:00:00Z; got ${quoted(text)}`;
}

/** A character is a Unicode code point, as in PostgreSQL. */
function checkText(column: keyof typeof LENGTHS, text: string, min: number): string | undefined {
  const max = LENGTHS[column];
  const length = text.length <= max ? text.length : Array.from(text).length;
  if (length < min || length > max) {
    return `${column} must be a text of ${min} to ${max} characters; got ${length === 0 ? '""' : length}`;
  }
  return isStorableText(text) ? undefined : `${column} has U+0000 or half of a surrogate pair, which cannot be stored`;
}

function checkRange(at: number, now: number): string | undefined {
  if (at < 0) return `at must not be before 1970; got ${new Date(at).toISOString()}`;
  if (at > now + DAY) return `at must not be more than a day in the future; got ${new Date(at).toISOString()}`;
  return undefined;
}
