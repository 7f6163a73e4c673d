import type { Report } from './finding';
import { formatTime, isSameTime, type EventRow, type HistoryRow, type TicketRecord } from './ticket-record';

/** Checks that every version of the ticket has one event, and that the event agrees with the ticket and its history. */
export function auditEvents(record: TicketRecord, report: Report): void {
  auditNumbers(record, report);
  auditTransitionEvents(record, report);
  auditArchive(record, report);
}

/** Checks that events are numbered by the versions that they made: 1, 2, 3 … up to the ticket's. */
function auditNumbers({ ticket, events }: TicketRecord, report: Report): void {
  let expected = 1;
  for (const { version, type } of events) {
    reportMissing(expected, Math.min(version - 1, ticket.version), report);
    if (version > ticket.version) {
      const detail = `There is an event of version ${version}; the ticket has version ${ticket.version}.`;
      report('event_ahead', detail, { event: version });
    }
    if ((version === 1) !== (type === 'created')) {
      const detail = `The event of version ${version} is "${type}"; only the first event is "created".`;
      report('event_type_wrong', detail, { event: version });
    }
    expected = version + 1;
  }
  reportMissing(expected, ticket.version, report);
}

function reportMissing(first: number, last: number, report: Report): void {
  if (first > last) return;
  const versions = first === last ? `Version ${first} has` : `Versions ${first} to ${last} have`;
  report('event_missing', `${versions} no event.`);
}

/** Checks that history rows and events of the same version refer to each other. Missing events are reported elsewhere. */
function auditTransitionEvents({ moves, events }: TicketRecord, report: Report): void {
  const rowOf = new Map(moves.map((row) => [row.version, row]));
  for (const event of events) {
    const row = rowOf.get(event.version);
    const mismatch = (detail: string): void =>
      report('event_mismatch', `The event of version ${event.version} ${detail}.`, { event: event.version });
    if (event.type === 'migrated' && event.workflowVersion === null) {
      mismatch('is "migrated" and does not name a workflow version');
    }
    if (event.type === 'moved' || event.sequence !== null) auditTransitionEvent(event, row, report, mismatch);
    else if (row !== undefined) mismatch(`is "${event.type}"; history row ${row.sequence} has the same version`);
  }
}

function auditTransitionEvent(
  event: EventRow,
  row: HistoryRow | undefined,
  report: Report,
  mismatch: (detail: string) => void,
): void {
  if (row === undefined || row.sequence !== event.sequence) {
    const found = row === undefined ? 'no history row' : `history row ${row.sequence}`;
    return mismatch(`names history row ${event.sequence}; ${found} has this version`);
  }
  if ((event.type === 'migrated') !== (row.kind === 'migration')) {
    mismatch(`is "${event.type}"; history row ${row.sequence} is a ${row.kind}`);
  }
  if (event.at !== row.at) {
    const times = `${formatTime(event.at)}; history row ${row.sequence} has the time ${formatTime(row.at)}`;
    report('event_time_mismatch', `The event of version ${event.version} has the time ${times}.`, {
      event: event.version,
    });
  }
}

/** Checks that the ticket has the values of its last edits. Events do not record the values of its creation. */
export function auditEdits({ ticket, events }: TicketRecord, report: Report): void {
  const last = new Map<string, EventRow>();
  for (const event of events) {
    if (event.type !== 'edited') continue;
    if (!event.recorded) last.clear();
    for (const field of Object.keys(event.edits)) last.set(field, event);
  }
  for (const [name, { version, edits }] of last) {
    const field = name as keyof typeof edits;
    if (edits[field] === ticket.fields[field]) continue;
    const detail = `The event of version ${version} records another ${field} than the ticket has.`;
    report('edit_mismatch', detail, { event: version });
  }
}

/** The changes that an archived ticket rejects. */
const CHANGES: ReadonlySet<string> = new Set(['moved', 'edited', 'migrated']);

/** The time of the archiving; null while the ticket is not archived. Undefined: unknown since an unrecorded change. */
type Archived = { readonly at: number | null } | undefined;

/** Checks that an archived ticket did not change, and that `archived_at` agrees with the events. */
function auditArchive({ ticket, events }: TicketRecord, report: Report): void {
  let archived: Archived = { at: null };
  for (const event of events) {
    auditWhileArchived(event, archived, report);
    if (event.type === 'archived') archived = { at: event.at };
    else if (event.type === 'restored') archived = { at: null };
    else if (event.type === 'edited' && !event.recorded) archived = undefined;
  }
  if (archived === undefined || isSameOrNull(ticket.archivedAt, archived.at)) return;
  const expected = archived.at === null ? 'not archived' : `archived at ${formatTime(archived.at)}`;
  const found = ticket.archivedAt === null ? 'null' : formatTime(ticket.archivedAt);
  report('archived_at_mismatch', `archived_at is ${found}; according to its events the ticket is ${expected}.`);
}

function auditWhileArchived({ version, type }: EventRow, archived: Archived, report: Report): void {
  if (archived === undefined) return;
  const isArchived = archived.at !== null;
  if (isArchived && CHANGES.has(type)) {
    const detail = `The ticket was ${type} in version ${version} while it was archived.`;
    report('changed_while_archived', detail, { event: version });
  }
  if (type === (isArchived ? 'archived' : 'restored')) {
    const state = isArchived ? 'already archived' : 'not archived';
    report('event_type_wrong', `The event of version ${version} is "${type}"; the ticket was ${state}.`, {
      event: version,
    });
  }
}

function isSameOrNull(found: number | null, expected: number | null): boolean {
  return found === null || expected === null ? found === expected : isSameTime(found, expected);
}
