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

/** How far an export has come. */
export class ExportProgress {
  /** Lines that were given. */
  readonly counts: ExportCounts = { projects: 0, workflows: 0, graphs: 0, tickets: 0, moves: 0, events: 0 };
  /** How many tickets there will be. */
  ofTickets = 0;
  /** Events of tickets that do not exist, which are left out. */
  orphans = 0;
}

export interface ExportOptions {
  readonly filters?: ExportFilters;
  /** Ends the export early. */
  readonly signal?: AbortSignal;
  readonly progress?: ExportProgress;
}

/**
 * Everything that a database knows of projects, workflows and tickets as JSON lines, some whole lines at a time, in an
 * order that depends on nothing but the data. It is all of one moment, whatever happens meanwhile, and nobody waits for it.
 *
 * Memory is bounded by a few pages and the longest past of one ticket.
 *
 * @param url a postgres:// URL; a role that may only read is enough
 * @throws TransferError when the database is not one of this version, a filter names what does not exist, or a time
 *   cannot be written; or when the signal is given, its reason
 */
export async function* exportDatabase(
  url: string,
  { filters = EVERYTHING, signal, progress = new ExportProgress() }: ExportOptions = {},
): AsyncGenerator<string> {
  const snapshot = await Snapshot.open(url, 'phaseline export', signal);
  try {
    refuseOtherVersions(await snapshot.readMigrations());
    const wanted = await select(snapshot, filters);
    progress.ofTickets = await countTickets(snapshot, wanted.tickets);
    yield `${headerLine(filters)}\n`;
    yield* surroundings(snapshot, wanted, progress.counts);
    yield* tickets(snapshot, wanted.tickets, progress);
    yield `${endLine(progress.counts)}\n`;
  } finally {
    await snapshot.close();
  }
}

/** What tickets name, before them. */
async function* surroundings(snapshot: Snapshot, wanted: ExportScope, counts: ExportCounts): AsyncGenerator<string> {
  const parts: [keyof ExportCounts, OrderedQuery<SerializedLine>][] = [
    ['projects', projectLines(wanted.projectIds)],
    ['workflows', workflowLines(wanted.workflowKeys)],
    ['graphs', graphLines(wanted.graphIds)],
  ];
  for (const [kind, query] of parts) {
    const lines = await (await snapshot.stream(query)).takeWhile(() => true);
    counts[kind] += lines.length;
    yield textOf(lines);
  }
}

/** Each ticket with its past. */
async function* tickets(snapshot: Snapshot, wanted: Selection, progress: ExportProgress): AsyncGenerator<string> {
  const streams = {
    tickets: await snapshot.stream(ticketLines(wanted)),
    moves: await snapshot.stream(moveLines(wanted)),
    events: await snapshot.stream(eventLines(wanted)),
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

/** @throws TransferError for a time that RFC 3339 cannot write */
function textOf(lines: readonly SerializedLine[]): string {
  const unwritable = lines.find(({ isWritable }) => !isWritable);
  if (unwritable === undefined) return lines.map(({ text }) => `${text}\n`).join('');
  const reason = 'It has a time that is infinite, or not of the years 1 to 9999, so it cannot be written as RFC 3339';
  throw new TransferError(`${reason}: ${unwritable.text}`);
}

async function countTickets(snapshot: Snapshot, { condition, values }: Selection): Promise<number> {
  const [[found] = []] = await snapshot.query(`SELECT count(*)::float8 FROM tickets WHERE ${condition}`, values);
  return Number(found);
}

/** @throws TransferError unless the database has exactly the migrations that this version knows */
function refuseOtherVersions(found: readonly string[] | null): void {
  const reason = otherVersion(found, MIGRATION_NAMES);
  if (reason !== undefined) throw new TransferError(reason);
}
