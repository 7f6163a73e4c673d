import type { Plan } from './plans';
import type { Rulebook } from './rulebook';
import type { EventRow, MoveRow, TicketRecord } from './ticket-record';

/** What led a ticket on: a row of its history, or a migration that kept its phase, of which there is only the event. */
export type Step = { readonly move: MoveRow } | { readonly kept: EventRow };

/** In the order of the versions that they made. */
export function stepsOf({ moves, events }: TicketRecord): Step[] {
  const rest = events.filter(({ type, sequence }) => type === 'migrated' && sequence === null);
  const steps: Step[] = [];
  for (const move of moves) {
    while (rest.length > 0 && rest[0]!.version < move.version) steps.push({ kept: rest.shift()! });
    steps.push({ move });
  }
  return [...steps, ...rest.map((kept) => ({ kept }))];
}

/**
 * The plans that may have made a migration which kept the phase. Usually it is one; it is not written down which.
 *
 * @param start the graph that the ticket was under; undefined: nobody knows
 */
export function plansOf(
  { workflowVersion }: EventRow,
  phase: string,
  start: number | undefined,
  rulebook: Rulebook,
): Plan[] {
  return rulebook.plans.keeping(phase, start).filter(({ to }) => rulebook.ruleOf(to)?.version === workflowVersion);
}
