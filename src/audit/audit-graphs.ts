import type { Report } from './finding';
import type { Rulebook } from './rulebook';
import type { MoveRow, TicketRecord } from './ticket-record';

/**
 * The graphs of the moves join on, up to the ticket's own: each is where the row before it has led, by itself or by plans
 * that kept the phase. Transitions are made under workflows, migrations under plans.
 */
export function auditGraphs({ ticket, moves }: TicketRecord, rulebook: Rulebook, report: Report): void {
  const { plans } = rulebook;
  let before: MoveRow | undefined;
  for (const move of moves) {
    auditKind(move, rulebook, report);
    if (before !== undefined && !plans.lead(before.graphId, move.graphId, move.from)) {
      const row = `row ${before.sequence} under graph ${before.graphId}`;
      const detail = `History row ${move.sequence} was made under graph ${move.graphId}; ${row}, which does not lead there.`;
      report('graph_mismatch', detail, { move: move.sequence });
    }
    before = move;
  }
  if (plans.planOf(ticket.graphId) !== undefined) {
    report('kind_mismatch', `The ticket is under graph ${ticket.graphId}, which is a plan.`);
  } else if (
    before !== undefined &&
    rulebook.ruleOf(ticket.graphId) &&
    !plans.lead(before.graphId, ticket.graphId, before.to)
  ) {
    const row = `history row ${before.sequence} was made under graph ${before.graphId}`;
    report('graph_mismatch', `The ticket is under graph ${ticket.graphId}; ${row}, which does not lead there.`);
  }
}

function auditKind({ sequence, kind, graphId }: MoveRow, { plans }: Rulebook, report: Report): void {
  const due = plans.planOf(graphId) !== undefined ? 'migration' : 'transition';
  if (kind !== due)
    report('kind_mismatch', `History row ${sequence} is a ${kind}; under graph ${graphId} it is a ${due}.`, {
      move: sequence,
    });
}
