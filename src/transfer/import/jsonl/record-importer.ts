import type { RowError } from '../row-error';
import type { TicketResult } from '../statistics';
import { NO_TICKET, type TicketRows } from '../log-row';
import type { Importer, ImportDecision } from '../batch-runner';
import type { ExportPreamble } from './export-frame';
import { type ExportRecord, readRecord } from './record';
import { continueRecord, type RecordContinuation } from './record-continuation';
import type { RecordLine, RecordLines } from './record-lines';
import { type RecordStage, stagesOf } from './record-stages';
import { externalName, type StoredRecords } from './stored-records';
import type { LineOf } from './export-line';
import type { Session } from '../session';
import { OutdatedPlan } from '../log-importer';
import { continueRecords, createRecords, lockRecords } from './past-statements';

/** What dealing with the tickets of an export takes. */
export interface RecordImportTools {
  readonly preamble: ExportPreamble;
  readonly stored: { find(tickets: readonly LineOf<'ticket'>[]): Promise<StoredRecords> };
  readonly writer: { write(works: readonly RecordWork[]): Promise<void> };
}

/** Tickets of an export: each is judged by itself, and then held against what is stored of it. */
export class RecordImporter implements Importer<RecordLine, RecordWork> {
  constructor(
    private readonly lines: RecordLines,
    private readonly tools: RecordImportTools,
  ) {}

  async decide(batch: readonly TicketRows<RecordLine>[]): Promise<ImportDecision<RecordWork>[]> {
    const { preamble, stored } = this.tools;
    const read = batch.map((rows) => readRecord(rows, preamble));
    const records = read.filter(isRecord);
    const found = await stored.find(records.map(({ ticket }) => ticket.value));
    return read.map((record, i) => (isRecord(record) ? this.decideOn(record, found) : this.refuse(batch[i]!, record)));
  }

  write(works: readonly RecordWork[]): Promise<void> {
    return this.tools.writer.write(works);
  }

  private decideOn(record: ExportRecord, { records, owners }: StoredRecords): ImportDecision<RecordWork> {
    const { line, value } = record.ticket;
    const name = externalName(value);
    const owner = name === undefined ? undefined : owners.get(name);
    if (owner !== undefined && owner !== value.id) {
      const reason = `the ticket ${owner} is stored already under ${value.external_source} ${value.external_id}`;
      return { kind: 'refuse', errors: [{ line, code: 'differs', reason }] };
    }
    const stored = records.get(value.id);
    if (stored === undefined) return { kind: 'write', work: { kind: 'create', record }, result: resultOf(record) };
    const continuation = continueRecord(record, stored);
    if ('code' in continuation) return { kind: 'refuse', errors: [continuation] };
    const result = resultOf(record, continuation);
    if (continuation.events.length === 0) return { kind: 'pass', result };
    const { workflow, workflow_version: version } = continuation.from;
    if (this.tools.preamble.graphIdOf(workflow, version) === undefined) {
      const reason = `the ticket is stored under ${workflow} ${version}, which the export does not have`;
      return { kind: 'refuse', errors: [{ line, code: 'differs', reason }] };
    }
    const stages = stagesOf(record, continuation, this.tools.preamble);
    return { kind: 'write', work: { kind: 'continue', continuation, stages }, result };
  }

  /** Where the file breaks off, what its last ticket lacks is nobody's fault. */
  private refuse({ ticket, rows }: TicketRows<RecordLine>, errors: readonly RowError[]): ImportDecision<RecordWork> {
    const last = rows.at(-1)!;
    const { problem, isCutOff, lastOfTicket } = this.lines;
    if (!isCutOff || ticket === NO_TICKET || last.line < lastOfTicket) return { kind: 'refuse', errors };
    const reason = `${problem}, and this ticket is not whole`;
    return { kind: 'refuse', errors: [{ line: last.line, code: 'cut_off', reason }] };
  }
}

function isRecord(read: ExportRecord | readonly RowError[]): read is ExportRecord {
  return 'ticket' in read;
}

function resultOf({ moves, events }: ExportRecord, continuation?: RecordContinuation): TicketResult {
  const rest = { repeats: 0, shortened: 0, title: 'same' } as const;
  const all = 1 + moves.length + events.length;
  if (continuation === undefined) return { ticket: 'created', written: all, moves: moves.length, present: 0, ...rest };
  const written = continuation.moves.length + continuation.events.length;
  const isSame = continuation.events.length === 0;
  return {
    ticket: isSame ? 'unchanged' : 'continued',
    written: isSame ? 0 : written + 1,
    moves: continuation.moves.length,
    present: isSame ? all : all - written - 1,
    ...rest,
  };
}

/** What is to be written of a ticket: all of it, or what is new. */
export type RecordWork =
  | { readonly kind: 'create'; readonly record: ExportRecord }
  | { readonly kind: 'continue'; readonly continuation: RecordContinuation; readonly stages: readonly RecordStage[] };

type ContinueWork = Extract<RecordWork, { kind: 'continue' }>;

/** Writes pasts, each batch in one transaction: all of it is there, or nothing. */
export class RecordWriter {
  constructor(private readonly session: Session) {}

  /** @throws OutdatedPlan, and whatever the database has against it */
  async write(works: readonly RecordWork[]): Promise<void> {
    const created = works.flatMap((work) => (work.kind === 'create' ? [work.record] : []));
    const continued = works.filter((work): work is ContinueWork => work.kind === 'continue');
    if (continued.length === 0) {
      if (created.length > 0) await this.session.query(createRecords(created));
      return;
    }
    await this.session.inTransaction(async () => {
      await this.lock(continued);
      if (created.length > 0) await this.session.query(createRecords(created));
      await this.goOn(continued);
    });
  }

  /** The first steps of all tickets, then the second ones of those that have more, and so on. */
  private async goOn(works: readonly ContinueWork[]): Promise<void> {
    const most = Math.max(...works.map(({ stages }) => stages.length));
    for (let i = 0; i < most; i++) {
      const events = i > 0 ? [] : works.flatMap(({ continuation }) => continuation.events);
      await this.session.query(
        continueRecords(
          works.flatMap(({ stages }) => stages[i] ?? []),
          events,
        ),
      );
    }
  }

  /** Every change makes a version. So what still has the version that was read is as it was read. */
  private async lock(works: readonly ContinueWork[]): Promise<void> {
    const tickets = works.map(({ continuation }) => continuation.from);
    const { rows } = await this.session.query<{ id: string; version: number }>(lockRecords(tickets));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (tickets.some(({ id, version }) => versions.get(id) !== version)) throw new OutdatedPlan();
  }
}
