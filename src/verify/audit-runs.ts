import type { Finding, Report } from '../audit/finding';
import type { Plans } from '../audit/plans';

/** A migration as it tells of itself. */
export interface StoredRun {
  readonly id: string;
  readonly planId: number;
  readonly fromGraphId: number;
  /** How many tickets it has moved to another phase. */
  readonly moved: number;
}

/** Counts the moves of tickets that were made under each plan. */
export class PlanTally {
  private readonly counts = new Map<number, number>();

  count(moves: readonly { readonly kind: string; readonly graphId: number }[]): void {
    for (const { kind, graphId } of moves) {
      if (kind === 'migration') this.counts.set(graphId, this.movesOf(graphId) + 1);
    }
  }

  movesOf(planId: number): number {
    return this.counts.get(planId) ?? 0;
  }
}

/** What migrations tell of themselves is what their plans and the histories of tickets say. */
export function auditRuns(runs: readonly StoredRun[], plans: Plans, tally: PlanTally): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (code, detail) => void findings.push({ code, ticket_id: null, detail });
  for (const { id, planId, fromGraphId, moved } of runs) {
    const plan = plans.planOf(planId);
    const found = tally.movesOf(planId);
    if (plan?.from !== fromGraphId) {
      const leads = plan === undefined ? 'which is no plan' : `which leads from graph ${plan.from}`;
      report('plan_broken', `Migration ${id} leads from graph ${fromGraphId} along graph ${planId}, ${leads}.`);
    }
    // More is in order: tickets that were imported may have made the same way elsewhere.
    if (moved > found) {
      report('migration_count_mismatch', `Migration ${id} counts ${moved} moves; there are ${found} under its plan.`);
    }
  }
  return findings;
}
