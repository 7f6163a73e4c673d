import { isDeepStrictEqual } from 'node:util';
import type { RowError } from '../row-error';
import type { LineOf } from './export-line';
import type { ExportRecord, Written } from './record';
import type { StoredRecord } from './stored-records';

/** What an export adds to a ticket that is stored already; nothing, where there are no events. */
export interface RecordContinuation {
  /** The ticket's line as it is stored. */
  readonly from: LineOf<'ticket'>;
  readonly moves: readonly Written<'move'>[];
  readonly events: readonly Written<'event'>[];
}

/** What never changes of a ticket. */
const FIXED = ['id', 'project', 'initial_phase_id', 'created_at', 'external_source', 'external_id'] as const;

/**
 * Holds the past of a ticket against what is stored of it. As far as both go they must say the same, in every column. Then
 * one of them may go on: the export, and the rest is added; or the database, and there is nothing to add.
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

/** At the same version all of it is the same; at another one, what never changes. */
function ticketDifference(
  { ticket }: ExportRecord,
  stored: StoredRecord,
  from: LineOf<'ticket'>,
): RowError | undefined {
  const { line, value, raw } = ticket;
  const reason = differenceOf(raw, stored.ticket, value.version === from.version ? undefined : FIXED);
  return reason === undefined ? undefined : { line, code: 'differs', reason };
}

/** Whoever has gone on has no fewer rows. */
function countDifference(
  { ticket, moves, events }: ExportRecord,
  stored: StoredRecord,
  from: LineOf<'ticket'>,
): RowError | undefined {
  const { line, value } = ticket;
  const [fewer, more] = value.version < from.version ? [{ moves, events }, stored] : [stored, { moves, events }];
  if (fewer.moves.length <= more.moves.length && fewer.events.length <= more.events.length) return undefined;
  const here = `version ${value.version} with ${moves.length} moves and ${events.length} events`;
  const there = `version ${from.version} with ${stored.moves.length} moves and ${stored.events.length} events`;
  return { line, code: 'differs', reason: `the ticket is at ${here}; stored is ${there}` };
}

function rowDifference(rows: readonly Written<'move' | 'event'>[], stored: readonly string[]): RowError | undefined {
  for (const [i, { line, raw }] of rows.entries()) {
    const reason = stored[i] === undefined ? undefined : differenceOf(raw, stored[i]);
    if (reason !== undefined) return { line, code: 'differs', reason };
  }
  return undefined;
}

/** Members are compared by what they say, since somebody may have written the line in another way meanwhile. */
function differenceOf(line: string, stored: string, names?: readonly string[]): string | undefined {
  if (line === stored) return undefined;
  const [here, there] = [line, stored].map((text) => JSON.parse(text) as Record<string, unknown>);
  const name = (names ?? Object.keys(there!)).find((member) => !isDeepStrictEqual(here![member], there![member]));
  return name === undefined ? undefined : `${name} is ${brief(here![name])}; stored is ${brief(there![name])}`;
}

function brief(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= SHOWN ? json : `${json.slice(0, SHOWN)}…`;
}

const SHOWN = 80;
