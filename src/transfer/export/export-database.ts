import { MIGRATION_NAMES } from '../../../ormconfig';
import { joinRecords, type Joined } from '../../database/join-records';
import { otherVersion } from '../../database/schema-version';
import { Snapshot, type OrderedQuery } from '../../database/snapshot';
import { TransferError } from '../transfer-error';
import { endLine, EVERYTHING, headerLine, type ExportCounts, type ExportFilters } from './export-format';
import {
  eventLines,
  graphLines,
  moveLines,
  projectLines,
  ticketLines,
  workflowLines,
  type SerializedLine,
} from './line-queries';
import { select, type Selection, type ExportScope } from './selection';

/** The progress of an export. */
export class ExportProgress {
  /** Lines written so far. */
  readonly counts: ExportCounts = { projects: 0, workflows: 0, graphs: 0, tickets: 0, moves: 0, events: 0 };
  /** The number of tickets to export. */
  ofTickets = 0;
  /** Events without a ticket, which are left out. */
  orphans = 0;
}

export interface ExportOptions {
  readonly filters?: ExportFilters;
  /** Aborts the export. */
  readonly signal?: AbortSignal;
  readonly progress?: ExportProgress;
}

/**
 * Streams projects, workflows and tickets as JSON lines, several whole lines at a time, in an order that depends only
 * on the data. The export reads one snapshot of the database and blocks no other client.
 *
 * Memory is bounded by a few pages and the longest history of one ticket.
 *
 * @param url a postgres:// URL; a read-only role is sufficient
 * @throws TransferError when the database has another schema version, a filter names an unknown key, or a time cannot
 *   be written; or the reason of the signal when it aborts
 */
export async function* exportDatabase(
  url: string,
  { filters = EVERYTHING, signal, progress = new ExportProgress() }: ExportOptions = {},
): AsyncGenerator<string> {
  const snapshot = await Snapshot.open(url, 'phaseline export', signal);
  try {
    requireThisVersion(await snapshot.readMigrations());
    const scope = await select(snapshot, filters);
    progress.ofTickets = await countTickets(snapshot, scope.tickets);
    yield `${headerLine(filters)}\n`;
    yield* preamble(snapshot, scope, progress.counts);
    yield* tickets(snapshot, scope.tickets, progress);
    yield `${endLine(progress.counts)}\n`;
  } finally {
    await snapshot.close();
  }
}

/** Yields the lines that tickets refer to, which precede the tickets. */
async function* preamble(snapshot: Snapshot, scope: ExportScope, counts: ExportCounts): AsyncGenerator<string> {
  const parts: [keyof ExportCounts, OrderedQuery<SerializedLine>][] = [
    ['projects', projectLines(scope.projectIds)],
    ['workflows', workflowLines(scope.workflowKeys)],
    ['graphs', graphLines(scope.graphIds)],
  ];
  for (const [kind, query] of parts) {
    const lines = await (await snapshot.stream(query)).takeWhile(() => true);
    counts[kind] += lines.length;
    yield textOf(lines);
  }
}

/** Yields each ticket with its history and events. */
async function* tickets(snapshot: Snapshot, selection: Selection, progress: ExportProgress): AsyncGenerator<string> {
  const streams = {
    tickets: await snapshot.stream(ticketLines(selection)),
    moves: await snapshot.stream(moveLines(selection)),
    events: await snapshot.stream(eventLines(selection)),
  };
  for await (const record of joinRecords(streams)) {
    if ('table' in record) progress.orphans += record.rows;
    else {
      count(record, progress.counts);
      yield textOf([record.ticket, ...record.moves, ...record.events]);
    }
  }
}

function count({ moves, events }: Joined<SerializedLine, SerializedLine, SerializedLine>, counts: ExportCounts): void {
  counts.tickets++;
  counts.moves += moves.length;
  counts.events += events.length;
}

/** @throws TransferError for a time that RFC 3339 cannot represent */
function textOf(lines: readonly SerializedLine[]): string {
  const unwritable = lines.find(({ isWritable }) => !isWritable);
  if (unwritable === undefined) return lines.map(({ text }) => `${text}\n`).join('');
  const reason = 'A time is infinite or outside the years 1 to 9999, so it cannot be written as RFC 3339';
  throw new TransferError(`${reason}: ${unwritable.text}`);
}

async function countTickets(snapshot: Snapshot, { condition, values }: Selection): Promise<number> {
  const [[found] = []] = await snapshot.query(`SELECT count(*)::float8 FROM tickets WHERE ${condition}`, values);
  return Number(found);
}

/** @throws TransferError unless the database has exactly the migrations of this version */
function requireThisVersion(found: readonly string[] | null): void {
  const reason = otherVersion(found, MIGRATION_NAMES);
  if (reason !== undefined) throw new TransferError(reason);
}
