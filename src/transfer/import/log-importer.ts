import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { type DecidedTicket, type ImportDecision, type Importer, OutdatedPlan } from './batch-runner';
import type { LogRow, TicketRows } from './log-row';
import { type ContinuePlan, planTicket } from './planner';
import type { Session } from './session';
import { resultOf } from './statistics';
import type { StoredTickets } from './stored-tickets';
import { lockTickets, type Target, writePlans, writeTitles, type WritingPlan } from './write-statements';

/** The workflows of stored tickets. */
export interface Graphs {
  /** Loads the graphs that are not loaded yet. */
  know(graphIds: readonly number[]): Promise<void>;
  graphOf(graphId: number): CompiledWorkflow;
}

/** Writes plans. The writer of a dry run does nothing. */
export interface Writer {
  write(plans: readonly WritingPlan[]): Promise<void>;
}

/** The dependencies of `LogImporter`. */
export interface LogImportTools {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  readonly graphs: Graphs;
  readonly stored: StoredTickets;
  readonly writer: Writer;
}

/** Imports tickets of a log. */
export class LogImporter implements Importer<LogRow, WritingPlan> {
  constructor(private readonly tools: LogImportTools) {}

  async decide(batch: readonly TicketRows<LogRow>[]): Promise<DecidedTicket<LogRow, WritingPlan>[]> {
    const { graph, graphs, stored } = this.tools;
    const most = Math.max(...batch.map(({ rows }) => rows.length));
    const ids = batch.map(({ ticket }) => ticket);
    const found = await stored.find(ids, most);
    await graphs.know([...new Set(Array.from(found.values(), ({ graphId }) => graphId))]);
    const rules = { graph, graphOf: (graphId: number) => graphs.graphOf(graphId), now: Date.now() };
    const decide = (rows: TicketRows): ImportDecision<WritingPlan> => {
      const plan = planTicket(rows, found.get(rows.ticket), rules);
      if (plan.kind === 'quarantine') return { kind: 'reject', errors: plan.errors };
      if (plan.kind === 'unchanged') return { kind: 'skip', result: resultOf(plan) };
      return { kind: 'write', work: plan, result: resultOf(plan) };
    };
    return batch.map((rows) => ({ rows, decision: decide(rows) }));
  }

  write(works: readonly WritingPlan[]): Promise<void> {
    return this.tools.writer.write(works);
  }
}

/** Writes each batch of plans in one transaction. */
export class TicketWriter {
  constructor(
    private readonly session: Session,
    private readonly target: Target,
  ) {}

  /**
   * Writes plans. A batch contains all rows of a ticket, so an interrupted import leaves only whole tickets.
   *
   * @throws OutdatedPlan when a ticket has changed since it was read; any error of the database
   */
  async write(plans: readonly WritingPlan[]): Promise<void> {
    const continued = plans.filter((plan) => plan.kind === 'continue');
    if (continued.length === 0) {
      if (plans.length > 0) await this.session.query(writePlans(plans, this.target));
      return;
    }
    await this.session.inTransaction(async () => {
      await this.lock(continued);
      await this.session.query(writePlans(plans, this.target));
      const titled = continued.filter(({ title }) => title !== null);
      if (titled.length > 0) await this.session.query(writeTitles(titled));
    });
  }

  /** Locks the tickets and compares their versions. Every change increments the version. */
  private async lock(plans: readonly ContinuePlan[]): Promise<void> {
    const { rows } = await this.session.query<{ id: string; version: number }>(lockTickets(plans));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (plans.some(({ stored }) => versions.get(stored.id) !== stored.version)) throw new OutdatedPlan();
  }
}
