import { formatTable, type Row } from '../../terminal/table';
import { FAULTS, type FaultCode } from './fault';
import type { ImportReport } from './report';

/** The report for people: plain text, aligned, without colours. */
export function formatReport(report: ImportReport): string {
  const parts = [formatTable(summaryRows(report))];
  const codes = Object.entries(report.quarantined_by_code).map(([code, rows]): Row => {
    return [code, FAULTS[code as FaultCode], rows];
  });
  if (codes.length > 0) parts.push('In quarantine, by code', formatTable(codes));
  return `${parts.join('\n\n')}\n`;
}

function summaryRows(report: ImportReport): Row[] {
  const { rows, tickets, dry_run: isDry } = report;
  const whenNotZero: [string, number][] = [
    ['rows there already', rows.already_there],
    [isDry ? 'titles to change' : 'titles changed', report.titles_changed],
    ['titles kept, which others gave', report.titles_kept],
    ['times cut to milliseconds', report.times_shortened],
    ['rows not looked at', rows.left],
  ];
  return [
    ['rows read', rows.read],
    [isDry ? 'tickets to create' : 'tickets created', tickets.created],
    [isDry ? 'tickets to continue' : 'tickets continued', tickets.continued],
    ['tickets unchanged', tickets.unchanged],
    ['tickets in quarantine', tickets.quarantined],
    [isDry ? 'moves to write' : 'moves written', report.moves_written],
    ['rows repeating a state', rows.repeating],
    ['rows in quarantine', rows.quarantined],
    ...whenNotZero.filter(([, count]) => count > 0),
    ...addedRows(report),
    ['seconds', report.seconds],
    ['rows per second', report.rows_per_second],
  ];
}

function addedRows({ added, dry_run: isDry }: ImportReport): Row[] {
  if (added === null) return [];
  const { projects, workflows, graphs } = added;
  return [
    [isDry ? 'projects to add' : 'projects added', projects],
    [isDry ? 'workflows to add' : 'workflows added', workflows],
    [isDry ? 'versions and plans to add' : 'versions and plans added', graphs],
  ];
}
