import { unmappedPhaseOf, unmappedPhases, type MigrationPlan } from '../../machine/migration';
import type { TicketGroup } from './ticket-scan.statements';

/** Reasons why tickets cannot be migrated. */
export const REFUSAL_CODES = ['no_place', 'ticket_archived'] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** The result of a dry run. */
export interface MigrationSurvey {
  /** Tickets of the old version. */
  readonly tickets: number;
  /** The phases of the old version in its order, then other phases that tickets are in. */
  readonly phases: readonly { readonly from: string; readonly to: string | null; readonly tickets: number }[];
  readonly unmapped: readonly string[];
  readonly refused: readonly { readonly code: RefusalCode; readonly phase?: string; readonly tickets: number }[];
}

/** Counts what a migration would do. A ticket that cannot be migrated is counted under one reason. */
export function surveyOf(plan: MigrationPlan, groups: readonly TicketGroup[]): MigrationSurvey {
  const inPhase = new Map<string, number>(Array.from(plan.mapping.keys(), (phase) => [phase, 0]));
  const inUnmapped = new Map<string, number>();
  let archivedTickets = 0;
  for (const { phase, resumePhase, archived, tickets } of groups) {
    add(inPhase, phase, tickets);
    const unmapped = unmappedPhaseOf(plan, { phase, resumePhase });
    if (archived) archivedTickets += tickets;
    else if (unmapped !== null) add(inUnmapped, unmapped, tickets);
  }
  const unmapped = Array.from(inUnmapped, ([phase, tickets]) => ({ code: 'no_place' as const, phase, tickets }));
  const archived = archivedTickets > 0 ? [{ code: 'ticket_archived' as const, tickets: archivedTickets }] : [];
  return {
    tickets: groups.reduce((sum, { tickets }) => sum + tickets, 0),
    phases: Array.from(inPhase, ([from, tickets]) => ({ from, to: plan.mapping.get(from) ?? null, tickets })),
    unmapped: unmappedPhases(plan),
    refused: [...unmapped, ...archived],
  };
}

function add(sums: Map<string, number>, name: string, count: number): void {
  sums.set(name, (sums.get(name) ?? 0) + count);
}
