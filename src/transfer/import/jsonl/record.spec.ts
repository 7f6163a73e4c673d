import { frameLines, pastLines, pastValues, type PastValues, repair } from '../../../../test/transfer/export/lines';
import { TO_TWO } from '../../../../test/verify/graphs';
import type { RowErrorCode } from '../row-error';
import { ExportPreamble } from './export-preamble';
import { readExportLine } from './export-line';
import { readRecord } from './record';
import type { RecordLine } from './record-lines';

const FRAME = ExportPreamble.of(frameLines()) as ExportPreamble;

/** Rows as a file has them, from line 10 on. */
function rowsOf(lines: readonly string[]): RecordLine[] {
  return lines.map((raw, i) => {
    const value = readExportLine(raw);
    if (typeof value === 'string') return { line: 10 + i, raw, error: { code: 'bad_line', reason: value } };
    return { line: 10 + i, raw, value } as RecordLine;
  });
}

function faultsIn(lines: readonly string[], excess?: 'first'): [line: number, code: RowErrorCode, reason: string][] {
  const read = readRecord({ ticket: 'T', rows: rowsOf(lines), ...(excess && { excess }) }, FRAME);
  return 'ticket' in read ? [] : read.map(({ line, code, reason }) => [line, code, reason]);
}

const busy = (): PastValues =>
  pastValues(
    repair('taken in', 'on the bench', 'waiting for parts', 'edited', { by: TO_TWO }, 'diagnosis', 'archived'),
  );

const migrated = pastValues(repair('taken in', 'on the bench', { by: TO_TWO }));

/** The lines of a ticket with many changes, after an edit. */
function changed(change: (record: { -readonly [K in keyof PastValues]: PastValues[K] }) => void): string[] {
  const record = structuredClone(busy());
  change(record);
  return pastLines(record);
}

/** Overwrites members of a line. */
function set(line: object | undefined, members: object): void {
  Object.assign(line!, members);
}

describe('readRecord', () => {
  it('finds nothing wrong with a sound ticket, and keeps its lines as they are', () => {
    const lines = pastLines(busy());
    const record = readRecord({ ticket: 'T', rows: rowsOf(lines) }, FRAME);
    if (!('ticket' in record)) throw new Error(JSON.stringify(record));
    expect([record.ticket, ...record.moves, ...record.events].map(({ raw }) => raw)).toEqual(lines);
    expect([record.ticket.line, record.moves.length, record.events.length]).toEqual([10, 3, 7]);
  });

  it.each<[string, string[], number, RowErrorCode, RegExp]>([
    ['no line', pastLines(busy()).with(3, '{"type":"move"}'), 13, 'bad_line', /^ticket_id must be a UUID/],
    ['no ticket', pastLines(busy()).slice(1), 10, 'ticket_missing', /^the line of the ticket must precede/],
    ['a ticket that is late', pastLines(busy()).toReversed(), 10, 'ticket_missing', /must precede/],
    [
      'two tickets',
      [...pastLines(busy()), pastLines(busy())[0]!],
      21,
      'misplaced_line',
      /^the ticket is already on line 10$/,
    ],
    [
      'an unknown project',
      changed(({ ticket }) => set(ticket, { project: 'x' })),
      10,
      'project_unknown',
      /^the project "x" is not in the export$/,
    ],
    [
      'an unknown version',
      changed(({ moves }) => set(moves[1], { workflow_version: 9 })),
      12,
      'graph_unknown',
      /^the graph "repairs" 9 is not in the export$/,
    ],
    [
      'an illegal move',
      changed(({ moves }) => set(moves[2], { to_phase: 'fetched' })),
      13,
      'edge_unknown',
      /^History row 3 goes from waiting for parts to fetched; graph "repairs" 2 has no such edge\.$/,
    ],
    [
      'a pause that was a shortcut',
      changed(({ moves }) => set(moves[2], { to_phase: 'ready' })),
      13,
      'resume_rule_broken',
      /^History row 3 breaks a rule of its workflow: The ticket entered waiting for parts from repair/,
    ],
    [
      'a move without its reason',
      changed(({ moves }) => set(moves[1], { transition_reason: ' \u00a0' })),
      12,
      'requirement_missing',
      /^History row 2 breaks a rule of its workflow: This transition requires a reason/,
    ],
    [
      'a migration along no plan',
      pastLines(migrated).with(2, JSON.stringify({ ...migrated.moves[1]!, to_phase: 'diagnosis' })),
      12,
      'edge_unknown',
      /^History row 2 goes from on the bench to diagnosis; graph "repairs 1→2" 1 has no such edge\.$/,
    ],
    [
      'falling times',
      changed(({ moves }) => set(moves[1], { created_at: '2025-01-01T00:00:00.000Z' })),
      12,
      'time_falls',
      /^History row 2 has the time 2025-01-01T00:00:00\.000Z/,
    ],
    ['an event that is missing', pastLines(busy()).toSpliced(7, 1), 10, 'event_missing', /^Version 4 has no event\.$/],
    [
      'an event of another move',
      changed(({ events }) => set(events[1], { sequence: 2 })),
      15,
      'event_mismatch',
      /^The event of version 2 names history row 2/,
    ],
    [
      'another phase than the last move led to',
      changed(({ ticket }) => set(ticket, { phase_id: 'repair' })),
      10,
      'phase_mismatch',
      /^phase_id is repair/,
    ],
    [
      'an archive without an event',
      changed(({ ticket }) => set(ticket, { archived_at: null })),
      10,
      'archived_at_mismatch',
      /^archived_at is null/,
    ],
  ])('reports the line and the reason of %s', (_, lines, line, code, reason) => {
    expect(faultsIn(lines)).toContainEqual([line, code, expect.stringMatching(reason)]);
  });

  it('reports every broken line and no other error', () => {
    const lines = pastLines(busy()).with(1, '{').with(4, '[]');
    expect(faultsIn(lines).map(([line, code]) => [line, code])).toEqual([
      [11, 'bad_line'],
      [14, 'bad_line'],
    ]);
  });

  it('does not look into a ticket that is too large', () => {
    expect(faultsIn(pastLines(busy()).slice(0, 2), 'first').map(([line, code]) => [line, code])).toEqual([
      [10, 'ticket_too_large'],
      [11, 'ticket_too_large'],
    ]);
  });
});
