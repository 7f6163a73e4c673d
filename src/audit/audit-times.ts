import type { Report } from './finding';
import { formatTime, isSameTime, SAME_STATEMENT, type TicketRecord } from './ticket-record';

/**
 * Checks that times do not decrease: creation, first transition … last transition, last change.
 *
 * A ticket that never moved entered its phase when it was created. Times of events are not compared with each other: the
 * events of changes that predate the events table share one time.
 */
export function auditTimes(record: TicketRecord, report: Report): void {
  auditTransitionTimes(record, report);
  auditTicketTimes(record, report);
  auditEventTimes(record, report);
}

function auditTransitionTimes({ ticket, moves }: TicketRecord, report: Report): void {
  let before = ticket.createdAt;
  for (const [i, { sequence, at }] of moves.entries()) {
    const row = `History row ${sequence} has the time ${formatTime(at)}`;
    if (at < before && i === 0) {
      const detail = `${row}; the ticket was created at ${formatTime(before)}.`;
      report('moved_before_created', detail, { move: sequence });
    } else if (at < before) {
      report('time_falls', `${row}; the previous row has ${formatTime(before)}.`, { move: sequence });
    }
    before = at;
  }
}

function auditTicketTimes({ ticket, moves }: TicketRecord, report: Report): void {
  const last = moves.at(-1);
  const tolerance = last === undefined ? SAME_STATEMENT : 0;
  const expected = last?.at ?? ticket.createdAt;
  const source = last === undefined ? 'the ticket was created' : `history row ${last.sequence} was made`;
  if (!isSameTime(ticket.phaseEnteredAt, expected, tolerance)) {
    const detail = `phase_entered_at is ${formatTime(ticket.phaseEnteredAt)}; ${source} at ${formatTime(expected)}.`;
    report('phase_entered_at_mismatch', detail);
  }
  if (ticket.updatedAt < expected - tolerance) {
    report('updated_at_early', `updated_at is ${formatTime(ticket.updatedAt)}; ${source} at ${formatTime(expected)}.`);
  }
}

/** Checks the times of creation and of changes without a history row. `auditEvents` checks those of transitions. */
function auditEventTimes({ ticket, events }: TicketRecord, report: Report): void {
  for (const { version, type, sequence, at } of events) {
    if (type === 'created' && !isSameTime(at, ticket.createdAt)) {
      const created = `the ticket was created at ${formatTime(ticket.createdAt)}`;
      const detail = `The event of version ${version} has the time ${formatTime(at)}; ${created}.`;
      report('event_time_mismatch', detail, { event: version });
    } else if (type !== 'created' && sequence === null && at > ticket.updatedAt + SAME_STATEMENT) {
      const changed = `the last change was at ${formatTime(ticket.updatedAt)}`;
      const detail = `The event of version ${version} has the time ${formatTime(at)}; ${changed}.`;
      report('event_time_mismatch', detail, { event: version });
    }
  }
}
