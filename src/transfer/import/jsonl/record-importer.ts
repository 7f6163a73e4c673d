import type { RowError } from '../row-error';
import type { TicketResult } from '../statistics';
import { NO_TICKET, type TicketRows } from '../log-row';
import { type DecidedTicket, type ImportDecision, type Importer, OutdatedPlan } from '../batch-runner';
import type { ExportPreamble } from './export-preamble';
import { type ExportRecord, readRecord } from './record';
import { continueRecord, type RecordContinuation } from './record-continuation';
import type { RecordLine, RecordLines } from './record-lines';
import { type RecordStage, stagesOf } from './record-stages';
import { externalName, type StoredRecords } from './stored-records';
import type { LineOf } from './export-line';
import type { Session } from '../session';
import { continueRecords, createRecords, lockRecords } from './record-statements';

/** The dependencies of `RecordImporter`. */
export interface RecordImportTools {
  readonly preamble: ExportPreamble;
  readonly stored: { find(tickets: readonly LineOf<'ticket'>[]): Promise<StoredRecords> };
  readonly writer: { write(works: readonly RecordWork[]): Promise<void> };
}

/** Imports tickets of an export: validates each record and compares it with the stored ticket. */
export class RecordImporter implements Importer<RecordLine, RecordWork> {
  constructor(
    private readonly lines: RecordLines,
    private readonly tools: RecordImportTools,
  ) {}

  async decide(batch: readonly TicketRows<RecordLine>[]): Promise<DecidedTicket<RecordLine, RecordWork>[]> {
    const { preamble, stored } = this.tools;
    const read = batch.map((rows) => ({ rows, record: readRecord(rows, preamble) }));
    const tickets = read.flatMap(({ record }) => (isRecord(record) ? [record.ticket.value] : []));
    const found = await stored.find(tickets);
    return read.map(({ rows, record }) => ({
      rows,
      decision: isRecord(record) ? this.decideOn(record, found) : this.reject(rows, record),
    }));
  }

  write(works: readonly RecordWork[]): Promise<void> {
    return this.tools.writer.write(works);
  }

  private decideOn(record: ExportRecord, { records, owners }: StoredRecords): ImportDecision<RecordWork> {
    const { line, value } = record.ticket;
    const name = externalName(value);
    const owner = name === undefined ? undefined : owners.get(name);
    if (owner !== undefined && owner !== value.id) {
      const reason = `the ticket ${owner} already has the external id ${value.external_source} ${value.external_id}`;
      return { kind: 'reject', errors: [{ line, code: 'differs', reason }] };
    }
    const stored = records.get(value.id);
    if (stored === undefined) return { kind: 'write', work: { kind: 'create', record }, result: resultOf(record) };
    const continuation = continueRecord(record, stored);
    if ('code' in continuation) return { kind: 'reject', errors: [continuation] };
    const result = resultOf(record, continuation);
    if (continuation.events.length === 0) return { kind: 'skip', result };
    const { workflow, workflow_version: version } = continuation.from;
    if (this.tools.preamble.graphIdOf(workflow, version) === undefined) {
      const reason = `the stored ticket uses ${workflow} ${version}, which is not in the export`;
      return { kind: 'reject', errors: [{ line, code: 'differs', reason }] };
    }
    const stages = stagesOf(record, continuation, this.tools.preamble);
    return { kind: 'write', work: { kind: 'continue', continuation, stages }, result };
  }

  /** Rejects a ticket. The last ticket of a truncated file is reported as `cut_off` instead of its own errors. */
  private reject({ ticket, rows }: TicketRows<RecordLine>, errors: readonly RowError[]): ImportDecision<RecordWork> {
    const line = rows.at(-1)?.line ?? 0;
    const { problem, isCutOff, lastOfTicket } = this.lines;
    if (!isCutOff || ticket === NO_TICKET || line < lastOfTicket) return { kind: 'reject', errors };
    const reason = `${problem}; this ticket is incomplete`;
    return { kind: 'reject', errors: [{ line, code: 'cut_off', reason }] };
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

/** The rows to write for a ticket: all of them, or the new ones. */
export type RecordWork =
  | { readonly kind: 'create'; readonly record: ExportRecord }
  | { readonly kind: 'continue'; readonly continuation: RecordContinuation; readonly stages: readonly RecordStage[] };

type ContinueWork = Extract<RecordWork, { kind: 'continue' }>;

/** Writes each batch of records in one transaction. */
export class RecordWriter {
  constructor(private readonly session: Session) {}

  /** @throws OutdatedPlan when a ticket has changed since it was read; any error of the database */
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
      await this.continueAll(continued);
    });
  }

  /** Writes the first stage of all tickets, then the second stage of those that have one, and so on. */
  private async continueAll(works: readonly ContinueWork[]): Promise<void> {
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

  /** Locks the tickets and compares their versions. Every change increments the version. */
  private async lock(works: readonly ContinueWork[]): Promise<void> {
    const tickets = works.map(({ continuation }) => continuation.from);
    const { rows } = await this.session.query<{ id: string; version: number }>(lockRecords(tickets));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (tickets.some(({ id, version }) => versions.get(id) !== version)) throw new OutdatedPlan();
  }
}
