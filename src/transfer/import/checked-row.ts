import type { Priority } from '../../tickets/ticket.entity';
import { isStorableText } from '../../database/storable';
import { readTime } from '../log/log-time';
import { iso, type RowError, type RowErrorCode, quoted } from './row-error';
import type { WholeRow } from './log-row';

/** A validated row. Whether it fits the other rows of its ticket is checked by `readChain`. */
export interface CheckedRow {
  readonly line: number;
  readonly seq: number;
  /** Empty for a creation. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly actor: string;
  readonly title: string;
  /** True when the log has a finer precision than the millisecond of the database. */
  readonly shortened: boolean;
  readonly priority?: Priority;
}

const LENGTHS = { ticket_id: 255, from_state: 50, to_state: 50, actor: 255, title: 500 } as const;
const MAX_SEQ = 1_000_000_000;
const DAY = 86_400_000;

/** The actor of rows without one. */
const DEFAULT_ACTOR = 'system';

/**
 * Validates a row.
 *
 * @param now the current time; times up to one day later are accepted, because clocks and time zones of a log may be
 *   wrong
 */
export function checkRow({ line, columns, priority }: WholeRow, now: number): CheckedRow | RowError {
  const { from_state, to_state, actor, title } = columns;
  const error = (code: RowErrorCode, reason: string): RowError => ({ line, code, reason });
  const [seq, time] = [readSeq(columns.seq), readTime(columns.at)];
  if (seq === null) return error('bad_seq', reasonOfSeq(columns.seq));
  const badState = checkText('to_state', to_state, 1) ?? checkText('from_state', from_state, 0);
  if (badState !== undefined) return error('bad_state', badState);
  const [badActor, badTitle] = [checkText('actor', actor, 0), checkText('title', title, 0)];
  if (badActor !== undefined) return error('bad_actor', badActor);
  if (badTitle !== undefined) return error('bad_title', badTitle);
  if (time === undefined) return error('bad_time', reasonOfTime(columns.at));
  const range = checkRange(time.at, now);
  if (range !== undefined) return error('time_out_of_range', range);
  const by = actor.trim() === '' ? DEFAULT_ACTOR : actor;
  return { line, seq, from: from_state, to: to_state, ...time, actor: by, title, ...(priority && { priority }) };
}

/** @returns the problem, undefined for a valid value */
export function checkTicketId(id: string): string | undefined {
  return checkText('ticket_id', id, 1);
}

/** @returns the problem, undefined for a valid value */
export function checkState(name: string): string | undefined {
  return checkText('to_state', name, 1);
}

/** Parses `seq`. @returns null when it is not valid */
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

/** Checks the length in Unicode code points, as PostgreSQL counts them. */
function checkText(column: keyof typeof LENGTHS, text: string, min: number): string | undefined {
  const max = LENGTHS[column];
  const length = text.length <= max ? text.length : Array.from(text).length;
  if (length < min || length > max) {
    return `${column} must have ${min} to ${max} characters; got ${length === 0 ? '""' : length}`;
  }
  return isStorableText(text)
    ? undefined
    : `${column} contains U+0000 or half of a surrogate pair, which cannot be stored`;
}

function checkRange(at: number, now: number): string | undefined {
  if (at < 0) return `at must not be before 1970; got ${iso(at)}`;
  if (at > now + DAY) return `at must not be more than a day in the future; got ${iso(at)}`;
  return undefined;
}
