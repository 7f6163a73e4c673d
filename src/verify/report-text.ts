import { formatTable, type Row } from '../terminal/table';
import { FINDINGS } from '../audit/finding';
import type { VerifyReport } from './report';

/**
 * The report for people: plain text, aligned, without colours.
 *
 * @param shown findings that are told one by one
 */
export function formatReport(report: VerifyReport, shown: number): string {
  const parts = [formatTable(summaryRows(report))];
  const codes = Object.entries(report.findings_by_code).map(([code, count]): Row => {
    return [code, FINDINGS[code as keyof typeof FINDINGS], count];
  });
  if (codes.length > 0) parts.push('Findings, by code', formatTable(codes));
  const first = report.findings.slice(0, shown);
  if (first.length > 0) {
    parts.push(first.length < report.findings_total ? `The first ${first.length} findings` : 'Findings');
    parts.push(formatTable(first.map(({ code, ticket_id, detail }) => [ticket_id ?? 'database', code, detail])));
  }
  if (report.sound) parts.push('Nothing was found: every ticket agrees with its history, its events and the rules.');
  return `${parts.join('\n\n')}\n`;
}

function summaryRows({ tickets, moves, events, findings_total, notes, round_trips, seconds }: VerifyReport): Row[] {
  const graphs = notes.graphs_without_rules.map((name): Row => [
    `graph "${name}", of which only the edges are known`,
    1,
  ]);
  const unsettled: Row[] = notes.unsettled_moves
    ? [['notes of unsettled moves (no error)', notes.unsettled_moves]]
    : [];
  return [
    ['tickets', tickets],
    ['moves', moves],
    ['events', events],
    ...unsettled,
    ...graphs,
    ['round trips', round_trips],
    ['seconds', seconds],
    ['findings', findings_total],
  ];
}
