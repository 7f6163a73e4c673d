import { formatTable, type Row } from '../../terminal/table';
import type { ReplayReport } from './statistics';

const REFUSED_CREATIONS = 'Creations refused, by the first phase, which is not initial';

/** The report for people: plain text, aligned, without colours. */
export function formatReplayReport(report: ReplayReport): string {
  const parts = [formatTable(summaryRows(report))];
  const refusals = Object.entries(report.refused_by_code);
  if (refusals.length > 0) parts.push('Refused, by code', formatTable(refusals));
  const beginnings = Object.entries(report.refused_creations_by_phase);
  if (beginnings.length > 0) parts.push(REFUSED_CREATIONS, formatTable(beginnings));
  const errors = Object.entries(report.errors_by_code);
  if (errors.length > 0) parts.push('Errors, by code', formatTable(errors));
  const moves = moveRows(report);
  if (moves.length > 0) parts.push('Moves', formatTable([['from', '', 'to', 'accepted', 'refused'], ...moves]));
  return `${parts.join('\n\n')}\n`;
}

function summaryRows({ tickets, tickets_blocked_first, moves, rows, ...report }: ReplayReport): Row[] {
  const whenNotZero: [string, number][] = [
    ['skipped, state did not change', moves.skipped_same_state],
    ['tickets created in BACKLOG, then blocked', tickets_blocked_first],
    ['creations refused', report.refused_creations],
    ['rows bad', rows.bad],
    ['rows missing in the log', rows.missing],
    ['rows not sent', rows.not_sent],
    ['errors', report.errors],
    ['sent again, server busy', report.retries],
  ];
  return [
    ['rows read', rows.read],
    ['tickets created', tickets],
    ['moves accepted', moves.accepted],
    ['moves refused', moves.refused],
    ['skipped, already in that phase', moves.skipped_same_phase],
    ['skipped, state without a phase', moves.skipped_unmapped],
    ...whenNotZero.filter(([, count]) => count > 0),
    ['seconds', report.seconds],
    ['moves accepted per second', report.moves_per_second],
    ['requests per second', report.requests_per_second],
  ];
}

/** One row for every move that was asked for, the most frequent first. */
function moveRows({ accepted_by_move, refused_by_move }: ReplayReport): Row[] {
  const moves = new Map<string, [from: string, to: string, accepted: number, refused: number]>();
  for (const { from, to, count, ...rest } of [...accepted_by_move, ...refused_by_move]) {
    const key = JSON.stringify([from, to]);
    const move = moves.get(key) ?? [from, to, 0, 0];
    move['code' in rest ? 3 : 2] += count;
    moves.set(key, move);
  }
  const byCount = [...moves].sort(([a, m], [b, n]) => n[2] + n[3] - m[2] - m[3] || (a < b ? -1 : 1));
  return byCount.map(([, [from, to, accepted, refused]]) => [from, '→', to, accepted, refused]);
}
