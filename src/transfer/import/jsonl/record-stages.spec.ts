import { frameLines, GRAPHS, pastLines, pastValues, repair } from '../../../../test/transfer/export/lines';
import { TO_THREE, TO_TWO } from '../../../../test/verify/graphs';
import type { RecordStep } from '../../../../test/verify/sound-record';
import { ExportPreamble } from './export-preamble';
import { readExportLine } from './export-line';
import { type ExportRecord, readRecord } from './record';
import { continueRecord, type RecordContinuation } from './record-continuation';
import type { RecordLine } from './record-lines';
import { stagesOf } from './record-stages';

const FRAME = ExportPreamble.of(frameLines(GRAPHS)) as ExportPreamble;

/** `version: phase ← previous phase (moves that led there)` after each step that is made of what a ticket did. */
function stages(known: RecordStep[], ...added: RecordStep[]): string[] {
  const lines = pastLines(pastValues(repair('taken in', ...known, ...added)));
  const rows = lines.map((raw, i) => ({ line: i, raw, value: readExportLine(raw) }) as RecordLine);
  const record = readRecord({ ticket: 'T', rows }, FRAME) as ExportRecord;
  const { ticket, moves, events } = pastValues(repair('taken in', ...known));
  const text = (line: object): string => JSON.stringify(line);
  const stored = { ticket: text(ticket), moves: moves.map(text), events: events.map(text) };
  const found = stagesOf(record, continueRecord(record, stored) as RecordContinuation, FRAME);
  expect(found.at(-1)!.ticket).toEqual(record.ticket.value);
  return found.map(({ ticket: at, moves: led }) => {
    const numbers = led.map(({ value }) => value.sequence).join();
    return `${at.workflow_version}: ${at.phase_id} ← ${at.previous_phase_id} (${numbers}) of ${at.transition_count}`;
  });
}

describe('stagesOf', () => {
  it('is one step where the ticket stays with its version, whatever it did', () => {
    expect(stages([], 'on the bench', 'edited', 'ready')).toEqual(['1: ready ← on the bench (1,2) of 2']);
    expect(stages(['on the bench'], 'edited', 'archived')).toEqual(['1: on the bench ← taken in () of 1']);
  });

  it('is a step for each migration, and for the moves between them', () => {
    expect(stages([], 'on the bench', { by: TO_TWO }, 'ready', 'edited', { by: TO_THREE }, 'fetched')).toEqual([
      '1: on the bench ← taken in (1) of 1',
      '2: repair ← on the bench (2) of 2',
      '2: ready ← repair (3) of 3',
      '3: ready ← repair () of 3',
      '3: fetched ← ready (4) of 4',
    ]);
  });

  it('is no step for nothing, before or behind a migration', () => {
    expect(stages(['on the bench', 'ready'], { by: TO_TWO }, { by: TO_THREE })).toEqual([
      '2: ready ← on the bench () of 2',
      '3: ready ← on the bench () of 2',
    ]);
    expect(stages(['on the bench'], { by: TO_TWO }, 'archived')).toEqual(['2: repair ← on the bench (2) of 2']);
  });
});
