import { setTimeout as sleep } from 'node:timers/promises';
import { constraintOf, SQLSTATE, sqlStateOf } from '../../database/database-errors';
import type { RowError } from './row-error';
import type { TicketResult, ImportStatistics } from './statistics';
import type { Quarantine } from './quarantine';
import type { AnyRow, TicketRows } from './log-row';
import { OutdatedPlan } from './log-importer';

/** What is to be done about a ticket: all of it, or nothing. */
export type ImportDecision<Work> =
  | { readonly kind: 'write'; readonly work: Work; readonly result: TicketResult }
  | { readonly kind: 'pass'; readonly result: TicketResult }
  | { readonly kind: 'refuse'; readonly errors: readonly RowError[] };

/** How tickets of some kind of source are dealt with. */
export interface Importer<Row extends AnyRow, Work> {
  /** Decides about each ticket, by what is stored of it. */
  decide(batch: readonly TicketRows<Row>[]): Promise<readonly ImportDecision<Work>[]>;
  /**
   * Writes all of it, or nothing.
   *
   * @throws OutdatedPlan, and whatever the database has against it
   */
  write(works: readonly Work[]): Promise<void>;
}

/** Where it is written down what became of tickets. */
export interface ImportOutput {
  readonly quarantine: Quarantine;
  readonly statistics: ImportStatistics;
}

/** A ticket, and what was decided about it. */
interface DecidedTicket<Row extends AnyRow, Work> {
  readonly rows: TicketRows<Row>;
  readonly decision: ImportDecision<Work>;
}

/** How often a ticket is tried that others are changing, and how much longer it waits each time, in milliseconds. */
const PATIENCE = { attempts: 5, pause: 100 } as const;

/** Decides about tickets and carries it out, a batch at a time: while one is written, the next is looked up. */
export class BatchRunner<Row extends AnyRow, Work> {
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly importer: Importer<Row, Work>,
    private readonly books: ImportOutput,
  ) {}

  /** Resolves when the batch before this one is carried out. */
  async settle(batch: readonly TicketRows<Row>[]): Promise<void> {
    const decisions = await this.importer.decide(batch);
    const cases = batch.map((rows, i): DecidedTicket<Row, Work> => ({ rows, decision: decisions[i]! }));
    await this.writing;
    this.writing = this.carryOut(cases);
    // What fails before it is waited for must not end the process; it fails when its turn comes.
    this.writing.catch(() => undefined);
  }

  /** Resolves when everything is carried out. */
  finish(): Promise<void> {
    return this.writing;
  }

  /** When the database refuses the batch, its tickets are tried one by one, so that none pays for another. */
  private async carryOut(cases: readonly DecidedTicket<Row, Work>[]): Promise<void> {
    const works = cases.flatMap(({ decision }) => (decision.kind === 'write' ? [decision.work] : []));
    const isWritten = await this.write(works);
    for (const { rows, decision } of cases) {
      if (decision.kind === 'write' && !isWritten) await this.carryOutAlone(rows);
      else await this.record(rows, decision);
    }
  }

  /** @returns false when the database has something against it, and nothing is written */
  private async write(works: readonly Work[]): Promise<boolean> {
    try {
      await this.importer.write(works);
      return true;
    } catch (error) {
      if (!isRejection(error) && !isTransient(error)) throw error;
      return false;
    }
  }

  private async carryOutAlone(rows: TicketRows<Row>, attempt = 1): Promise<void> {
    const [decision] = await this.importer.decide([rows]);
    if (decision!.kind !== 'write') return this.record(rows, decision!);
    try {
      await this.importer.write([decision!.work]);
      await this.record(rows, decision!);
    } catch (error) {
      if (isTransient(error) && attempt < PATIENCE.attempts) {
        await sleep(PATIENCE.pause * attempt);
        return this.carryOutAlone(rows, attempt + 1);
      }
      if (!isRejection(error) && !isTransient(error)) throw error;
      await this.books.quarantine.put(rows, [rejectionOf(rows, error as Error)]);
    }
  }

  private async record(rows: TicketRows<Row>, decision: ImportDecision<Work>): Promise<void> {
    if (decision.kind === 'refuse') await this.books.quarantine.put(rows, decision.errors);
    else this.books.statistics.count(decision.result);
  }
}

const TRANSIENT = new Set<string | undefined>([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.lockNotAvailable,
]);

/** What two imports of the same tickets meet in. */
const SAME_TICKET = new Set<string | undefined>(['tickets_external_idx', 'tickets_pkey']);

/** Somebody else was in the way. Another import of the same tickets is so, too. */
function isTransient(error: unknown): boolean {
  return error instanceof OutdatedPlan || TRANSIENT.has(sqlStateOf(error)) || SAME_TICKET.has(constraintOf(error));
}

/**
 * The database is there, and has something against the data: their types, their size, the constraints, or a trigger of
 * somebody's.
 */
function isRejection(error: unknown): boolean {
  return /^(22|23|54|P0)/.test(sqlStateOf(error) ?? '');
}

function rejectionOf({ rows }: TicketRows<AnyRow>, error: Error): RowError {
  const reason = error instanceof OutdatedPlan ? 'others keep changing the ticket' : error.message;
  return { line: rows[0]!.line, code: 'refused_by_database', reason };
}
