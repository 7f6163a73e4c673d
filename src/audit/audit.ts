import { auditEdits, auditEvents } from './audit-events';
import { auditRules } from './audit-rules';
import { auditTimes } from './audit-times';
import { auditGraphs, auditVersions } from './audit-versions';
import type { Finding, Report } from './finding';
import type { HistoryRow, TicketRecord } from './ticket-record';
import type { WorkflowVersions } from './workflow-versions';

/** Returns every inconsistency of a ticket record. Pure: the findings depend on the arguments only. */
export function auditTicket(record: TicketRecord, versions: WorkflowVersions): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (code, detail) => void findings.push({ code, ticket_id: record.ticket.id, detail });
  auditRecord(record, versions, report);
  auditEdits(record, report);
  return findings;
}

/** Reports every inconsistency that an import rejects, each with the row that it is about: all but those of edits. */
export function auditRecord(record: TicketRecord, versions: WorkflowVersions, report: Report): void {
  auditChain(record, report);
  auditGraphs(record, versions, report);
  auditVersions(record, versions, report);
  auditRules(record, versions, report);
  auditState(record, report);
  auditEvents(record, report);
  auditTimes(record, report);
}

/** Checks that the history is one chain from the initial phase, numbered without a gap, with increasing ticket versions. */
function auditChain({ ticket, moves }: TicketRecord, report: Report): void {
  let previous: HistoryRow | undefined;
  for (const row of moves) {
    const expected = (previous?.sequence ?? 0) + 1;
    if (row.sequence !== expected) {
      const detail = `The history continues with row ${row.sequence}; row ${expected} was expected.`;
      report('sequence_gap', detail, { move: row.sequence });
    }
    auditStart(row, previous, ticket.initialPhase, report);
    auditRowVersion(row, previous, ticket.version, report);
    previous = row;
  }
}

/** Checks where a row starts. After a gap this is unknown. */
function auditStart({ sequence, from }: HistoryRow, previous: HistoryRow | undefined, initial: string, report: Report) {
  if (previous === undefined && sequence === 1 && from !== initial) {
    report('chain_start', `History row 1 starts in ${from}; the ticket started in ${initial}.`, { move: 1 });
  }
  if (previous !== undefined && previous.sequence + 1 === sequence && from !== previous.to) {
    const detail = `History row ${sequence} starts in ${from}; row ${previous.sequence} ended in ${previous.to}.`;
    report('chain_broken', detail, { move: sequence });
  }
}

/** Checks the ticket version of a row. Creation makes version 1, so the first transition makes version 2 or a later one. */
function auditRowVersion(
  { sequence, version }: HistoryRow,
  previous: HistoryRow | undefined,
  reached: number,
  report: Report,
): void {
  const floor = previous?.version ?? 1;
  if (version <= floor) {
    const earlier = previous === undefined ? 'the creation' : `row ${previous.sequence}`;
    const detail = `History row ${sequence} has version ${version}; ${earlier} already has version ${floor}.`;
    report('move_version_order', detail, { move: sequence });
  }
  if (version > reached) {
    const detail = `History row ${sequence} has version ${version}; the ticket has version ${reached}.`;
    report('move_version_ahead', detail, { move: sequence });
  }
}

/** Checks that the ticket is in the phase that its last transition entered, or in its initial phase. */
function auditState({ ticket, moves }: TicketRecord, report: Report): void {
  const last = moves.at(-1);
  const source = last === undefined ? 'the ticket never moved' : `its last transition is history row ${last.sequence}`;
  const compare = (code: Parameters<Report>[0], column: string, found: unknown, expected: unknown): void => {
    if (found !== expected)
      report(code, `${column} is ${String(found)}; ${source}, so ${String(expected)} was expected.`);
  };
  compare('phase_mismatch', 'phase_id', ticket.phase, last?.to ?? ticket.initialPhase);
  compare('previous_phase_mismatch', 'previous_phase_id', ticket.previousPhase, last?.from ?? null);
  compare('transition_count_mismatch', 'transition_count', ticket.transitionCount, last?.sequence ?? 0);
}
