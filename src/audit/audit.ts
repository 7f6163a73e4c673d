import { auditChain } from './audit-chain';
import { auditEvents } from './audit-events';
import { auditGraphs } from './audit-graphs';
import { auditRules } from './audit-rules';
import { auditState } from './audit-state';
import { auditTimes } from './audit-times';
import { auditVersions } from './audit-versions';
import type { Finding, Report } from './finding';
import type { Rulebook } from './rulebook';
import type { TicketRecord } from './ticket-record';

/** Every disagreement of one ticket with its past. Pure: the same record always gives the same findings. */
export function auditTicket(record: TicketRecord, rulebook: Rulebook): Finding[] {
  const findings: Finding[] = [];
  auditRecord(record, rulebook, (code, detail) => {
    findings.push({ code, ticket_id: record.ticket.id, detail });
  });
  return findings;
}

/** The same for those who want to know which row each of them is about. */
export function auditRecord(record: TicketRecord, rulebook: Rulebook, report: Report): void {
  auditChain(record, report);
  auditGraphs(record, rulebook, report);
  auditVersions(record, rulebook, report);
  auditRules(record, rulebook, report);
  auditState(record, report);
  auditEvents(record, report);
  auditTimes(record, report);
}
