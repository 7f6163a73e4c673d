import { setTimeout as sleep } from 'node:timers/promises';
import { constraintOf, sqlStateOf, SQLSTATE } from '../../database/database-errors';
import type { CompiledGraph } from '../../machine/graph';
import type { Fault } from './fault';
import { planTicket, type TicketPlan } from './planner';
import type { Quarantine } from './quarantine';
import type { TicketRows } from './row';
import type { StoredTickets } from './stored-tickets';
import type { Tally } from './tally';
import { OutdatedPlan } from './ticket-writer';
import type { WritingPlan } from './write-statements';

/** The workflows of stored tickets. */
export interface Graphs {
  /** Reads those that are not known yet. */
  know(graphIds: readonly number[]): Promise<void>;
  graphOf(graphId: number): CompiledGraph;
}

/** Where plans are carried out; a dry run has one that does nothing. */
export interface Writer {
  write(plans: readonly WritingPlan[]): Promise<void>;
}

/** What settling tickets takes. */
export interface Tools {
  /** The workflow of new tickets. */
  readonly graph: CompiledGraph;
  readonly graphs: Graphs;
  readonly stored: StoredTickets;
  readonly writer: Writer;
  readonly quarantine: Quarantine;
  readonly tally: Tally;
}

/** What is to be done about a ticket. */
interface Decision<Plan = TicketPlan> {
  readonly log: TicketRows;
  readonly plan: Plan;
}

/** How often a ticket is tried that others are changing, and how much longer it waits each time, in milliseconds. */
const PATIENCE = { attempts: 5, pause: 100 } as const;

/** Decides about tickets and carries it out, a batch at a time: while one is written, the next is looked up. */
export class Settlement {
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly tools: Tools) {}

  /** Resolves when the batch before this one is carried out. */
  async settle(batch: readonly TicketRows[]): Promise<void> {
    const decisions = await this.decide(batch);
    await this.writing;
    this.writing = this.carryOut(decisions);
    // What fails before it is waited for must not end the process; it fails when its turn comes.
    this.writing.catch(() => undefined);
  }

  /** Resolves when everything is carried out. */
  finish(): Promise<void> {
    return this.writing;
  }

  private async decide(batch: readonly TicketRows[]): Promise<Decision[]> {
    const { graph, graphs, stored } = this.tools;
    const most = Math.max(...batch.map(({ rows }) => rows.length));
    const ids = batch.map(({ ticket }) => ticket);
    const found = await stored.find(ids, most);
    await graphs.know([...new Set(Array.from(found.values(), ({ graphId }) => graphId))]);
    const rules = { graph, graphOf: (graphId: number) => graphs.graphOf(graphId), now: Date.now() };
    return batch.map((log) => ({ log, plan: planTicket(log, found.get(log.ticket), rules) }));
  }

  /** When the database refuses the batch, its tickets are tried one by one, so that none pays for another. */
  private async carryOut(decisions: readonly Decision[]): Promise<void> {
    const isWritten = await this.write(decisions.filter(isWriting));
    for (const decision of decisions) {
      if (isWriting(decision) && !isWritten) await this.carryOutAlone(decision.log);
      else await this.record(decision);
    }
  }

  /** @returns false when the database has something against it, and nothing is written */
  private async write(decisions: readonly Decision<WritingPlan>[]): Promise<boolean> {
    try {
      await this.tools.writer.write(decisions.map(({ plan }) => plan));
      return true;
    } catch (error) {
      if (!isRefusal(error) && !isPassing(error)) throw error;
      return false;
    }
  }

  private async carryOutAlone(log: TicketRows, attempt = 1): Promise<void> {
    const [decision] = await this.decide([log]);
    if (!isWriting(decision!)) return this.record(decision!);
    try {
      await this.tools.writer.write([decision.plan]);
      await this.record(decision);
    } catch (error) {
      if (isPassing(error) && attempt < PATIENCE.attempts) {
        await sleep(PATIENCE.pause * attempt);
        return this.carryOutAlone(log, attempt + 1);
      }
      if (!isRefusal(error) && !isPassing(error)) throw error;
      await this.tools.quarantine.put(log, [refusalOf(log, error as Error)]);
    }
  }

  private async record({ log, plan }: Decision): Promise<void> {
    if (plan.kind === 'quarantine') await this.tools.quarantine.put(log, plan.faults);
    else this.tools.tally.count(plan);
  }
}

function isWriting(decision: Decision): decision is Decision<WritingPlan> {
  return decision.plan.kind === 'create' || decision.plan.kind === 'continue';
}

const PASSING = new Set<string | undefined>([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlockDetected,
  SQLSTATE.lockNotAvailable,
]);

/** Somebody else was in the way. Another import of the same tickets is so, too. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof OutdatedPlan || PASSING.has(sqlStateOf(error)) || constraintOf(error) === 'tickets_external_idx'
  );
}

/** The database is there, and has something against the data: their types, the constraints, or a trigger of somebody's. */
function isRefusal(error: unknown): boolean {
  return /^(22|23|P0)/.test(sqlStateOf(error) ?? '');
}

function refusalOf({ rows }: TicketRows, error: Error): Fault {
  const reason = error instanceof OutdatedPlan ? 'others keep changing the ticket' : error.message;
  return { line: rows[0]!.line, code: 'refused_by_database', reason };
}
