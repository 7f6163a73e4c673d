import type { Report } from './finding';
import { formatTime, isSameTime, SAME_STATEMENT, type TicketRecord } from './ticket-record';

/**
 * Times do not fall within a ticket: created, first move … last move, last change.
 *
 * A ticket that never moved entered its phase when it was created, whatever it was created from. Events are not held
 * against each other: those of changes from before there were events share the time of the last of them.
 */
export function auditTimes(record: TicketRecord, report: Report): void {
  auditMoveTimes(record, report);
  auditTicketTimes(record, report);
  auditEventTimes(record, report);
}

function auditMoveTimes({ ticket, moves }: TicketRecord, report: Report): void {
  let before = ticket.createdAt;
  for (const [i, { sequence, at }] of moves.entries()) {
    if (at < before && i === 0) {
      const created = `the ticket was created at ${formatTime(before)}`;
      report('moved_before_created', `History row ${sequence} is of ${formatTime(at)}; ${created}.`, {
        move: sequence,
      });
    } else if (at < before) {
      report(
        'time_falls',
        `History row ${sequence} is of ${formatTime(at)}; the row before is of ${formatTime(before)}.`,
        { move: sequence },
      );
    }
    before = at;
  }
}

function auditTicketTimes({ ticket, moves }: TicketRecord, report: Report): void {
  const last = moves.at(-1);
  const leeway = last === undefined ? SAME_STATEMENT : 0;
  const due = last?.at ?? ticket.createdAt;
  const source = last === undefined ? 'the ticket was created' : `history row ${last.sequence} was made`;
  if (!isSameTime(ticket.phaseEnteredAt, due, leeway)) {
    const detail = `phase_entered_at is ${formatTime(ticket.phaseEnteredAt)}; ${source} at ${formatTime(due)}.`;
    report('phase_entered_at_mismatch', detail);
  }
  if (ticket.updatedAt < due - leeway) {
    report('updated_at_early', `updated_at is ${formatTime(ticket.updatedAt)}; ${source} at ${formatTime(due)}.`);
  }
}

/** What the events say of moves is held against the moves. */
function auditEventTimes({ ticket, events }: TicketRecord, report: Report): void {
  for (const { version, type, sequence, at } of events) {
    if (type === 'created' && !isSameTime(at, ticket.createdAt)) {
      const created = `the ticket was created at ${formatTime(ticket.createdAt)}`;
      report('event_time_mismatch', `The event of the creation is of ${formatTime(at)}; ${created}.`, {
        event: version,
      });
    } else if (type !== 'created' && sequence === null && at > ticket.updatedAt + SAME_STATEMENT) {
      const changed = `the last change was at ${formatTime(ticket.updatedAt)}`;
      report('event_time_mismatch', `The event of version ${version} is of ${formatTime(at)}; ${changed}.`, {
        event: version,
      });
    }
  }
}
