import { unmappedPhaseOf, unmappedPhases, type MigrationPlan } from '../../machine/migration';
import type { TicketCount } from './ticket-walk';

/** Why tickets would not go over. */
export const REFUSAL_CODES = ['no_place', 'ticket_archived'] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** What a run would find, if it began now. */
export interface MigrationSurvey {
  /** How many tickets the old version has. */
  readonly tickets: number;
  /** Every phase of the old version in its order, and any other that tickets are in. */
  readonly phases: readonly { readonly from: string; readonly to: string | null; readonly tickets: number }[];
  readonly withoutPlace: readonly string[];
  readonly refused: readonly { readonly code: RefusalCode; readonly phase?: string; readonly tickets: number }[];
}

/** Tells what would become of tickets. Each that would be refused is counted under one reason. */
export function surveyOf(plan: MigrationPlan, counts: readonly TicketCount[]): MigrationSurvey {
  const inPhase = new Map<string, number>(Array.from(plan.mapping.keys(), (phase) => [phase, 0]));
  const stuck = new Map<string, number>();
  let archivedTickets = 0;
  for (const { phase, resumePhase, archived, tickets } of counts) {
    add(inPhase, phase, tickets);
    const inTheWay = unmappedPhaseOf(plan, { phase, resumePhase });
    if (archived) archivedTickets += tickets;
    else if (inTheWay !== null) add(stuck, inTheWay, tickets);
  }
  const homeless = Array.from(stuck, ([phase, tickets]) => ({ code: 'no_place' as const, phase, tickets }));
  const archived = archivedTickets > 0 ? [{ code: 'ticket_archived' as const, tickets: archivedTickets }] : [];
  return {
    tickets: counts.reduce((sum, { tickets }) => sum + tickets, 0),
    phases: Array.from(inPhase, ([from, tickets]) => ({ from, to: plan.mapping.get(from) ?? null, tickets })),
    withoutPlace: unmappedPhases(plan),
    refused: [...homeless, ...archived],
  };
}

function add(sums: Map<string, number>, name: string, count: number): void {
  sums.set(name, (sums.get(name) ?? 0) + count);
}
