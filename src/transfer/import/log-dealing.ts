import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { outcomeOf } from './outcome';
import { planTicket } from './planner';
import type { LogRow, TicketRows } from './row';
import type { Dealing, Decision } from './settlement';
import type { StoredTickets } from './stored-tickets';
import type { WritingPlan } from './write-statements';

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
export interface LogTools {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  readonly graphs: Graphs;
  readonly stored: StoredTickets;
  readonly writer: Writer;
}

/** Tickets of a log: each is judged with what is stored of it. */
export class LogDealing implements Dealing<LogRow, WritingPlan> {
  constructor(private readonly tools: LogTools) {}

  async decide(batch: readonly TicketRows<LogRow>[]): Promise<Decision<WritingPlan>[]> {
    const { graph, graphs, stored } = this.tools;
    const most = Math.max(...batch.map(({ rows }) => rows.length));
    const ids = batch.map(({ ticket }) => ticket);
    const found = await stored.find(ids, most);
    await graphs.know([...new Set(Array.from(found.values(), ({ graphId }) => graphId))]);
    const rules = { graph, graphOf: (graphId: number) => graphs.graphOf(graphId), now: Date.now() };
    return batch.map((log): Decision<WritingPlan> => {
      const plan = planTicket(log, found.get(log.ticket), rules);
      if (plan.kind === 'quarantine') return { kind: 'refuse', faults: plan.faults };
      if (plan.kind === 'unchanged') return { kind: 'pass', outcome: outcomeOf(plan) };
      return { kind: 'write', work: plan, outcome: outcomeOf(plan) };
    });
  }

  write(works: readonly WritingPlan[]): Promise<void> {
    return this.tools.writer.write(works);
  }
}
