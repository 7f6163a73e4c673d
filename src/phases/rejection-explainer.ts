import { Injectable } from '@nestjs/common';
import type { Reader } from '../database/reader';
import { BUDGETS } from '../http/server/limits';
import { TimeSlices } from '../http/server/time-slice';
import { StaleTicket } from '../tickets/precondition';
import { WorkflowService } from '../workflows/workflow.service';
import { IllegalTransition } from './illegal-transition';
import { KnownPaths } from './known-paths';
import { ExplanationBudget, TicketEventService } from './ticket-event.service';
import type { DecidedTransition } from './transition';

/** Adds explanations to the rejections of transitions, after the locks of their tickets are released. */
@Injectable()
export class RejectionExplainer {
  private readonly paths = new KnownPaths();

  constructor(
    private readonly events: TicketEventService,
    private readonly workflows: WorkflowService,
  ) {}

  /** Returns the rejection of a single request with its explanation, and any other error as it is. */
  async explain(error: unknown): Promise<unknown> {
    return error instanceof Error ? this.explainWithin(new ExplanationBudget(), error) : error;
  }

  /**
   * Explains the rejections of one request in their order. They share a budget; those that come after it is used up have no
   * explanation.
   *
   * @param reader reads in the transaction that stores the response, because a stored response has its explanations
   */
  async explainAll(decided: readonly DecidedTransition[], reader?: Reader): Promise<DecidedTransition[]> {
    const budget = new ExplanationBudget(BUDGETS.explanations);
    const slices = new TimeSlices();
    const explained: DecidedTransition[] = [];
    for (const { request, decision } of decided) {
      const isRejection = decision instanceof Error;
      explained.push({
        request,
        decision: isRejection ? await this.explainWithin(budget, decision, reader) : decision,
      });
      if (isRejection) await slices.pause();
    }
    return explained;
  }

  private async explainWithin(budget: ExplanationBudget, rejection: Error, reader?: Reader): Promise<Error> {
    if (rejection instanceof StaleTicket) return this.events.explainWithin(budget, rejection, reader);
    if (!(rejection instanceof IllegalTransition)) return rejection;
    if (budget.isSpent) return rejection.unexplained();
    const { graphId } = rejection.rejected.ticket;
    await this.workflows.know([graphId], reader);
    const graph = this.workflows.graphOf(graphId);
    const explained = rejection.explained(graph, this.paths.find(rejection, graph, budget));
    return budget.takes([explained.message, explained.facts]) ? explained : rejection.unexplained();
  }
}
