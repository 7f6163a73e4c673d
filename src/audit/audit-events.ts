import type { Report } from './finding';
import { formatTime, isSameTime, type EventRow, type MoveRow, type TicketRecord } from './ticket-record';

/** Every version of the ticket has one event, which says what the ticket and its history say. */
export function auditEvents(record: TicketRecord, report: Report): void {
  auditNumbers(record, report);
  auditMoves(record, report);
  auditArchive(record, report);
}

/** Events are numbered by the versions that they made: 1, 2, 3 … up to the ticket's. */
function auditNumbers({ ticket, events }: TicketRecord, report: Report): void {
  let due = 1;
  for (const { version, type } of events) {
    reportMissing(due, Math.min(version - 1, ticket.version), report);
    if (version > ticket.version) {
      report('event_ahead', `There is an event of version ${version}; the ticket has reached ${ticket.version}.`, {
        event: version,
      });
    }
    if ((version === 1) !== (type === 'created')) {
      report('event_type_wrong', `The event of version ${version} is "${type}"; a ticket is created once, and first.`, {
        event: version,
      });
    }
    due = version + 1;
  }
  reportMissing(due, ticket.version, report);
}

function reportMissing(first: number, last: number, report: Report): void {
  if (first > last) return;
  const versions = first === last ? `Version ${first} has` : `Versions ${first} to ${last} have`;
  report('event_missing', `${versions} no event.`);
}

/** A version that a move made has an event that names this move, and the other way round. A missing one is reported above. */
function auditMoves({ moves, events }: TicketRecord, report: Report): void {
  const moveOf = new Map(moves.map((move) => [move.version, move]));
  for (const event of events) {
    const move = moveOf.get(event.version);
    if (event.type === 'migrated' && event.workflowVersion === null) {
      report(
        'event_mismatch',
        `The event of version ${event.version} is "migrated", and does not say to which version.`,
        { event: event.version },
      );
    }
    if (event.type === 'moved' || event.sequence !== null) auditMoved(event, move, report);
    else if (move !== undefined) {
      const made = `history row ${move.sequence} made version ${move.version}`;
      report('event_mismatch', `The event of version ${event.version} is "${event.type}"; ${made}.`, {
        event: event.version,
      });
    }
  }
}

function auditMoved(event: EventRow, move: MoveRow | undefined, report: Report): void {
  if (move === undefined || move.sequence !== event.sequence) {
    const made = move === undefined ? 'no history row' : `history row ${move.sequence}`;
    const detail = `The event of version ${event.version} names history row ${event.sequence}; ${made} made this version.`;
    return report('event_mismatch', detail, { event: event.version });
  }
  if ((event.type === 'migrated') !== (move.kind === 'migration')) {
    const made = `history row ${move.sequence} is a ${move.kind}`;
    report('event_mismatch', `The event of version ${event.version} is "${event.type}"; ${made}.`, {
      event: event.version,
    });
  }
  if (event.at !== move.at) {
    const times = `${formatTime(event.at)}; history row ${move.sequence} is of ${formatTime(move.at)}`;
    report('event_time_mismatch', `The event of version ${event.version} is of ${times}.`, { event: event.version });
  }
}

/** What an archived ticket refuses. */
const CHANGES: ReadonlySet<string> = new Set(['moved', 'edited', 'migrated']);

/** When the ticket was archived, as far as is known: undefined from a change on of which only the number is known. */
type Archived = { readonly at: number | null } | undefined;

function auditArchive({ ticket, events }: TicketRecord, report: Report): void {
  let archived: Archived = { at: null };
  for (const event of events) {
    auditUnderArchive(event, archived, report);
    if (event.type === 'archived') archived = { at: event.at };
    else if (event.type === 'restored') archived = { at: null };
    else if (event.type === 'edited' && !event.recorded) archived = undefined;
  }
  if (archived === undefined || isSame(ticket.archivedAt, archived.at)) return;
  const due = archived.at === null ? 'not archived' : `archived at ${formatTime(archived.at)}`;
  const found = ticket.archivedAt === null ? 'null' : formatTime(ticket.archivedAt);
  report('archived_at_mismatch', `archived_at is ${found}; by its events the ticket is ${due}.`);
}

function auditUnderArchive({ version, type }: EventRow, archived: Archived, report: Report): void {
  if (archived === undefined) return;
  const isArchived = archived.at !== null;
  if (isArchived && CHANGES.has(type)) {
    report('changed_while_archived', `The ticket was ${type} in version ${version}, while it was archived.`, {
      event: version,
    });
  }
  if (type === (isArchived ? 'archived' : 'restored')) {
    const state = isArchived ? 'archived already' : 'not archived';
    report('event_type_wrong', `The event of version ${version} is "${type}"; the ticket was ${state}.`, {
      event: version,
    });
  }
}

function isSame(found: number | null, due: number | null): boolean {
  return found === null || due === null ? found === due : isSameTime(found, due);
}
