import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { resultOf } from './statistics';
import { type ContinuePlan, planTicket } from './planner';
import type { LogRow, TicketRows } from './log-row';
import type { Importer, ImportDecision } from './batch-runner';
import type { StoredTickets } from './stored-tickets';
import { lockTickets, type Target, writePlans, writeTitles, type WritingPlan } from './write-statements';
import type { Session } from './session';

/** The workflows of stored tickets. */
export interface Graphs {
  /** Reads those that are not known yet. */
  know(graphIds: readonly number[]): Promise<void>;
  graphOf(graphId: number): CompiledWorkflow;
}

/** Where plans are carried out; a dry run has one that does nothing. */
export interface Writer {
  write(plans: readonly WritingPlan[]): Promise<void>;
}

/** What dealing with the rows of a log takes. */
export interface LogImportTools {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  readonly graphs: Graphs;
  readonly stored: StoredTickets;
  readonly writer: Writer;
}

/** Tickets of a log: each is judged with what is stored of it. */
export class LogImporter implements Importer<LogRow, WritingPlan> {
  constructor(private readonly tools: LogImportTools) {}

  async decide(batch: readonly TicketRows<LogRow>[]): Promise<ImportDecision<WritingPlan>[]> {
    const { graph, graphs, stored } = this.tools;
    const most = Math.max(...batch.map(({ rows }) => rows.length));
    const ids = batch.map(({ ticket }) => ticket);
    const found = await stored.find(ids, most);
    await graphs.know([...new Set(Array.from(found.values(), ({ graphId }) => graphId))]);
    const rules = { graph, graphOf: (graphId: number) => graphs.graphOf(graphId), now: Date.now() };
    return batch.map((log): ImportDecision<WritingPlan> => {
      const plan = planTicket(log, found.get(log.ticket), rules);
      if (plan.kind === 'quarantine') return { kind: 'refuse', errors: plan.errors };
      if (plan.kind === 'unchanged') return { kind: 'pass', result: resultOf(plan) };
      return { kind: 'write', work: plan, result: resultOf(plan) };
    });
  }

  write(works: readonly WritingPlan[]): Promise<void> {
    return this.tools.writer.write(works);
  }
}

/** Tickets are not any more what the plans rest on: somebody else has changed them meanwhile. */
export class OutdatedPlan extends Error {}

/** Writes plans, each batch in one transaction: all of it is there, or nothing. */
export class TicketWriter {
  constructor(
    private readonly session: Session,
    private readonly target: Target,
  ) {}

  /**
   * Everything of a ticket is in one batch, so whatever ends the import leaves whole tickets only.
   *
   * @throws OutdatedPlan, and whatever the database has against it
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

  /** Every change makes a version. So what still has the version that was read is as it was read. */
  private async lock(plans: readonly ContinuePlan[]): Promise<void> {
    const { rows } = await this.session.query<{ id: string; version: number }>(lockTickets(plans));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (plans.some(({ stored }) => versions.get(stored.id) !== stored.version)) throw new OutdatedPlan();
  }
}
