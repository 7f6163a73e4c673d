import type { Finding, Report } from '../audit/finding';
import type { MigrationPlans } from '../audit/workflow-versions';

/** A row of `workflow_migrations`. */
export interface StoredRun {
  readonly id: string;
  readonly planId: number;
  readonly fromGraphId: number;
  /** The number of tickets that the migration moved to another phase. */
  readonly moved: number;
}

/** Counts the history rows of each plan. */
export class PlanCounts {
  private readonly counts = new Map<number, number>();

  add(rows: readonly { readonly kind: string; readonly graphId: number }[]): void {
    for (const { kind, graphId } of rows) {
      if (kind === 'migration') this.counts.set(graphId, this.rowsOf(graphId) + 1);
    }
  }

  rowsOf(planId: number): number {
    return this.counts.get(planId) ?? 0;
  }
}

/** Checks migrations against their plans and the history of tickets. */
export function auditRuns(runs: readonly StoredRun[], plans: MigrationPlans, counts: PlanCounts): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (code, detail) => void findings.push({ code, ticket_id: null, detail });
  for (const { id, planId, fromGraphId, moved } of runs) {
    const plan = plans.planOf(planId);
    const rows = counts.rowsOf(planId);
    if (plan?.from !== fromGraphId) {
      const actual = plan === undefined ? 'which is not a plan' : `which leads from graph ${plan.from}`;
      report('plan_broken', `Migration ${id} leads from graph ${fromGraphId} by graph ${planId}, ${actual}.`);
    }
    // More rows are valid: imported tickets may have been migrated by an equal plan elsewhere.
    if (moved > rows) {
      const found = `its plan has ${rows} history rows`;
      report('migration_count_mismatch', `Migration ${id} counts ${moved} moved tickets; ${found}.`);
    }
  }
  return findings;
}
