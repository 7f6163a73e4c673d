import { setTimeout as sleep } from 'node:timers/promises';
import { constraintOf, SQLSTATE, sqlStateOf } from '../../database/database-errors';
import type { AnyRow, TicketRows } from './log-row';
import type { Quarantine } from './quarantine';
import type { RowError } from './row-error';
import type { ImportStatistics, TicketResult } from './statistics';
import type { Throttle } from './throttle';

/** The decision about a ticket: its rows are written, skipped or rejected as a whole. */
export type ImportDecision<Work> =
  | { readonly kind: 'write'; readonly work: Work; readonly result: TicketResult }
  | { readonly kind: 'skip'; readonly result: TicketResult }
  | { readonly kind: 'reject'; readonly errors: readonly RowError[] };

export interface DecidedTicket<Row extends AnyRow, Work> {
  readonly rows: TicketRows<Row>;
  readonly decision: ImportDecision<Work>;
}

/** Imports the tickets of one kind of source. */
export interface Importer<Row extends AnyRow, Work> {
  /** Decides about each ticket, given its stored state. */
  decide(batch: readonly TicketRows<Row>[]): Promise<readonly DecidedTicket<Row, Work>[]>;
  /**
   * Writes all works in one transaction.
   *
   * @throws OutdatedPlan when a ticket has changed since it was read; any error of the database
   */
  write(works: readonly Work[]): Promise<void>;
}

/** A ticket has changed since its plan was made. */
export class OutdatedPlan extends Error {}

/** Records the result of each ticket. */
export interface ImportOutput {
  readonly quarantine: Quarantine;
  readonly statistics: ImportStatistics;
}

interface BatchControls {
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
}

/** Retries for a ticket that other transactions are changing. The pause in milliseconds grows with each attempt. */
const RETRIES = { attempts: 5, pause: 100 } as const;

/** Imports every batch. When the signal aborts, finishes the batches that are being written. */
export async function importBatches<Row extends AnyRow, Work>(
  batches: AsyncIterable<readonly TicketRows<Row>[]>,
  importer: Importer<Row, Work>,
  output: ImportOutput,
  { throttle, signal }: BatchControls,
): Promise<void> {
  const runner = new BatchRunner(importer, output);
  for await (const batch of batches) {
    if (signal.aborted) break;
    await runner.start(batch);
    if (throttle.isActive) await runner.finish();
    await throttle.pause();
  }
  await runner.finish();
}

/** Imports one batch at a time. While a batch is written, the next one is decided. */
class BatchRunner<Row extends AnyRow, Work> {
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly importer: Importer<Row, Work>,
    private readonly output: ImportOutput,
  ) {}

  /** Resolves when the previous batch is written. */
  async start(batch: readonly TicketRows<Row>[]): Promise<void> {
    const tickets = await this.importer.decide(batch);
    await this.writing;
    this.writing = this.write(tickets);
    // An early rejection must not end the process; the next `start` or `finish` reports it.
    this.writing.catch(() => undefined);
  }

  /** Resolves when every batch is written. */
  finish(): Promise<void> {
    return this.writing;
  }

  /** Writes a batch. When the database rejects it, its tickets are written one by one. */
  private async write(tickets: readonly DecidedTicket<Row, Work>[]): Promise<void> {
    const works = tickets.flatMap(({ decision }) => (decision.kind === 'write' ? [decision.work] : []));
    const isWritten = await this.tryWriting(works);
    for (const ticket of tickets) {
      if (ticket.decision.kind === 'write' && !isWritten) await this.writeAlone(ticket.rows);
      else await this.record(ticket);
    }
  }

  /** @returns false when the database rejects the batch, so that nothing is written */
  private async tryWriting(works: readonly Work[]): Promise<boolean> {
    try {
      await this.importer.write(works);
      return true;
    } catch (error) {
      if (!isRejection(error) && !isTransient(error)) throw error;
      return false;
    }
  }

  private async writeAlone(rows: TicketRows<Row>, attempt = 1): Promise<void> {
    const [ticket] = await this.importer.decide([rows]);
    if (ticket === undefined) throw new Error(`The importer made no decision about the ticket ${rows.ticket}.`);
    try {
      if (ticket.decision.kind === 'write') await this.importer.write([ticket.decision.work]);
    } catch (error) {
      if (isTransient(error) && attempt < RETRIES.attempts) {
        await sleep(RETRIES.pause * attempt);
        return this.writeAlone(rows, attempt + 1);
      }
      if (!isRejection(error) && !isTransient(error)) throw error;
      return this.output.quarantine.put(rows, [rejectionOf(rows, error as Error)]);
    }
    await this.record(ticket);
  }

  private async record({ rows, decision }: DecidedTicket<Row, Work>): Promise<void> {
    if (decision.kind === 'reject') await this.output.quarantine.put(rows, decision.errors);
    else this.output.statistics.count(decision.result);
  }
}

const TRANSIENT = new Set<string | undefined>([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.lockNotAvailable,
]);

/** The constraints that two concurrent imports of the same ticket violate. */
const SAME_TICKET = new Set<string | undefined>(['tickets_external_idx', 'tickets_pkey']);

/** Returns whether a retry may succeed, because another transaction or import was changing the ticket. */
function isTransient(error: unknown): boolean {
  return error instanceof OutdatedPlan || TRANSIENT.has(sqlStateOf(error)) || SAME_TICKET.has(constraintOf(error));
}

/** Returns whether the database rejects the data: by their type, their size, a constraint or a trigger. */
function isRejection(error: unknown): boolean {
  return /^(22|23|54|P0)/.test(sqlStateOf(error) ?? '');
}

function rejectionOf({ rows }: TicketRows<AnyRow>, error: Error): RowError {
  const reason = error instanceof OutdatedPlan ? 'other transactions keep changing the ticket' : error.message;
  return { line: rows[0]?.line ?? 0, code: 'refused_by_database', reason };
}
