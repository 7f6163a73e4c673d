import { frameLines, pastLines, pastValues, type PastValues, repair } from '../../../../test/transfer/export/lines';
import { TO_TWO } from '../../../../test/verify/graphs';
import type { RecordStep } from '../../../../test/verify/sound-record';
import type { RowError } from '../row-error';
import { ExportPreamble } from './export-preamble';
import { readExportLine } from './export-line';
import { type ExportRecord, readRecord } from './record';
import { continueRecord, type RecordContinuation } from './record-continuation';
import type { RecordLine } from './record-lines';
import type { StoredRecord } from './stored-records';

const FRAME = ExportPreamble.of(frameLines()) as ExportPreamble;
const STEPS: RecordStep[] = [
  'on the bench',
  'edited',
  { by: TO_TWO },
  'waiting for parts',
  'archived',
  'restored',
  'repair',
];

/** A ticket after its first steps. */
const after = (steps: number): PastValues => pastValues(repair('taken in', ...STEPS.slice(0, steps)));

function exported(values: PastValues, spaced = false): ExportRecord {
  const rows = pastLines(values).map((raw, i) => {
    const text = spaced ? raw.replaceAll('":', '" : ') : raw;
    return { line: 10 + i, raw: text, value: readExportLine(text) } as RecordLine;
  });
  const record = readRecord({ ticket: 'T', rows }, FRAME);
  if (!('ticket' in record)) throw new Error(JSON.stringify(record));
  return record;
}

function stored({ ticket, moves, events }: PastValues): StoredRecord {
  const text = (line: object): string => JSON.stringify(line);
  return { ticket: text(ticket), moves: moves.map(text), events: events.map(text) };
}

/** How many moves and events are added, from which version on; or the line at fault, and why. */
function result(record: PastValues, found: PastValues): [number, number, number] | [number, string] {
  const result: RecordContinuation | RowError = continueRecord(exported(record), stored(found));
  if ('code' in result) return [result.line, `${result.code}: ${result.reason}`];
  return [result.from.version, result.moves.length, result.events.length];
}

describe('continueRecord', () => {
  it.each(STEPS.map((_, i) => i))('adds what is new to a ticket that is stored after %i steps', (steps) => {
    const all = after(STEPS.length);
    const known = after(steps);
    expect(result(all, known)).toEqual([
      steps + 1,
      all.moves.length - known.moves.length,
      all.events.length - known.events.length,
    ]);
  });

  it.each([0, 1, 4])('adds nothing where the ticket has gone on by %i steps since', (steps) => {
    expect(result(after(3), after(3 + steps))).toEqual([4 + steps, 0, 0]);
  });

  it('does not mind how a line is written', () => {
    expect(continueRecord(exported(after(4), true), stored(after(4)))).toMatchObject({ moves: [], events: [] });
  });

  it.each<[string, (line: PastValues) => object, number, string]>([
    [
      'title',
      ({ ticket }) => ({ ticket: { ...ticket, title: 'x' } }),
      10,
      'differs: title is "Ticket 1"; stored is "x"',
    ],
    [
      'archived_at',
      ({ ticket }) => ({ ticket: { ...ticket, archived_at: '2026-01-01T00:00:00.000Z' } }),
      10,
      'differs: archived_at is null; stored is "2026-01-01T00:00:00.000Z"',
    ],
    [
      'a reason',
      ({ moves }) => ({ moves: moves.with(1, { ...moves[1]!, transition_reason: 'x' }) }),
      12,
      'differs: transition_reason is null; stored is "x"',
    ],
    [
      'artifacts',
      ({ moves }) => ({ moves: moves.with(0, { ...moves[0]!, artifacts: { found: 2 } }) }),
      11,
      'differs: artifacts is {"found":1}; stored is {"found":2}',
    ],
    [
      'an actor',
      ({ events }) => ({ events: events.with(0, { ...events[0]!, actor: 'x' }) }),
      14,
      'differs: actor is "system"; stored is "x"',
    ],
  ])('finds another %s', (_, change, line, reason) => {
    const known = after(4);
    expect(result(known, { ...known, ...change(known) } as PastValues)).toEqual([line, reason]);
  });

  it('finds what never changes of a ticket changed, also where one of them has gone on', () => {
    const known = after(2);
    const other = { ...known, ticket: { ...known.ticket, external_source: 'jira', external_id: 'WEB-1' } };
    expect(result(after(4), other)).toEqual([10, 'differs: external_source is null; stored is "jira"']);
    expect(result(after(1), other)).toEqual([10, 'differs: external_source is null; stored is "jira"']);
  });

  it('finds two tickets that have gone on differently', () => {
    const other = pastValues(repair('taken in', 'on the bench', 'waiting for parts'));
    expect(result(after(4), other)).toEqual([12, 'differs: to_phase is "repair"; stored is "waiting for parts"']);
    const edited = pastValues(repair('taken in', 'on the bench', 'edited', 'edited', 'edited', 'edited'));
    expect(result(after(4), edited)).toEqual([17, 'differs: event_type is "migrated"; stored is "edited"']);
    const untold = { ...after(2), events: [] };
    expect(result(after(1), untold)).toEqual([
      10,
      'differs: the ticket is at version 2 with 1 transitions and 2 events; the stored ticket is at version 3 with 1 transitions and 0 events',
    ]);
  });
});
