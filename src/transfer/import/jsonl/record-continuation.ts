import { isDeepStrictEqual } from 'node:util';
import type { RowError } from '../row-error';
import type { LineOf } from './export-line';
import type { ExportRecord, Written } from './record';
import type { StoredRecord } from './stored-records';

/** The part of a record that is not stored yet. Without events there is nothing to add. */
export interface RecordContinuation {
  /** The stored ticket, as a line of an export. */
  readonly from: LineOf<'ticket'>;
  readonly moves: readonly Written<'move'>[];
  readonly events: readonly Written<'event'>[];
}

/** The members that never change. */
const FIXED = ['id', 'project', 'initial_phase_id', 'created_at', 'external_source', 'external_id'] as const;

/**
 * Compares a record with the stored ticket. Their common part must be equal in every column. Then either the record
 * continues the ticket, or the stored ticket is ahead and there is nothing to add.
 */
export function continueRecord(record: ExportRecord, stored: StoredRecord): RecordContinuation | RowError {
  const from = JSON.parse(stored.ticket) as LineOf<'ticket'>;
  const difference =
    ticketDifference(record, stored, from) ??
    rowDifference(record.moves, stored.moves) ??
    rowDifference(record.events, stored.events) ??
    countDifference(record, stored, from);
  if (difference !== undefined) return difference;
  const { version } = record.ticket.value;
  if (version <= from.version) return { from, moves: [], events: [] };
  return { from, moves: record.moves.slice(stored.moves.length), events: record.events.slice(stored.events.length) };
}

/** Compares the ticket lines: all members at the same version, the constant members otherwise. */
function ticketDifference(
  { ticket }: ExportRecord,
  stored: StoredRecord,
  from: LineOf<'ticket'>,
): RowError | undefined {
  const { line, value, raw } = ticket;
  const reason = differenceOf(raw, stored.ticket, value.version === from.version ? undefined : FIXED);
  return reason === undefined ? undefined : { line, code: 'differs', reason };
}

/** Checks that the record at the higher version has at least as many rows. */
function countDifference(
  { ticket, moves, events }: ExportRecord,
  stored: StoredRecord,
  from: LineOf<'ticket'>,
): RowError | undefined {
  const { line, value } = ticket;
  const [fewer, more] = value.version < from.version ? [{ moves, events }, stored] : [stored, { moves, events }];
  if (fewer.moves.length <= more.moves.length && fewer.events.length <= more.events.length) return undefined;
  const here = `version ${value.version} with ${moves.length} transitions and ${events.length} events`;
  const there = `version ${from.version} with ${stored.moves.length} transitions and ${stored.events.length} events`;
  return { line, code: 'differs', reason: `the ticket is at ${here}; the stored ticket is at ${there}` };
}

function rowDifference(rows: readonly Written<'move' | 'event'>[], stored: readonly string[]): RowError | undefined {
  for (const [i, { line, raw }] of rows.entries()) {
    const reason = stored[i] === undefined ? undefined : differenceOf(raw, stored[i]);
    if (reason !== undefined) return { line, code: 'differs', reason };
  }
  return undefined;
}

/** Compares lines by their values, because another program may have formatted the file differently. */
function differenceOf(line: string, stored: string, names?: readonly string[]): string | undefined {
  if (line === stored) return undefined;
  const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  const [here, there] = [parse(line), parse(stored)];
  const name = (names ?? Object.keys(there)).find((member) => !isDeepStrictEqual(here[member], there[member]));
  return name === undefined ? undefined : `${name} is ${abbreviate(here[name])}; stored is ${abbreviate(there[name])}`;
}

function abbreviate(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= MAX_LENGTH ? json : `${json.slice(0, MAX_LENGTH)}…`;
}

const MAX_LENGTH = 80;
