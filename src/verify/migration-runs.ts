import type { Finding, Report } from '../audit/finding';
import { onlyValue, pathEntriesOf, possiblePlans } from '../audit/ticket-path';
import type { TicketRecord } from '../audit/ticket-record';
import type { MigrationPlans, StoredPlan, WorkflowVersions } from '../audit/workflow-versions';

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

/** Checks plans and runs against each other, and runs against the history of tickets. */
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
  for (const id of plansWithoutRun(runs, plans)) report('run_missing', `The plan of graph ${id} has no run.`);
  return findings;
}

/** Returns the ids of the plans that no run refers to. */
export function plansWithoutRun(runs: readonly StoredRun[], plans: MigrationPlans): Set<number> {
  const withRun = new Set(runs.map(({ planId }) => planId));
  return new Set(Array.from(plans.all(), ({ id }) => id).filter((id) => !withRun.has(id)));
}

/**
 * Checks that every migration of a ticket was made by a plan that has a run. A migration that kept the phase names no plan;
 * one of the possible plans must have a run.
 *
 * @param lacking the ids of plans without a run
 */
export function auditRunsOf(record: TicketRecord, versions: WorkflowVersions, lacking: ReadonlySet<number>): Finding[] {
  if (lacking.size === 0) return [];
  const { ticket } = record;
  const findings: Finding[] = [];
  let phase = ticket.initialPhase;
  let graphId: number | undefined;
  const audit = (plans: readonly StoredPlan[], version: number): void => {
    if (plans.length === 0 || !plans.every(({ id }) => lacking.has(id))) return;
    const detail = `The migration of version ${version} was made by graph ${plans.map(({ id }) => id).join(' or ')}`;
    findings.push({ code: 'run_missing', ticket_id: ticket.id, detail: `${detail}, which has no run.` });
  };
  for (const entry of pathEntriesOf(record)) {
    if ('kept' in entry) {
      const plans = possiblePlans(entry.kept, phase, graphId, versions);
      audit(plans, entry.kept.version);
      graphId = onlyValue(plans.map(({ to }) => to));
    } else {
      const plan = versions.plans.planOf(entry.move.graphId);
      if (plan !== undefined) audit([plan], entry.move.version);
      phase = entry.move.to;
      graphId = plan?.to ?? entry.move.graphId;
    }
  }
  return findings;
}
