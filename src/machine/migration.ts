import type { CompiledWorkflow } from './compiled-workflow';

/** The phase of the new version for each phase of the old version. Null: the phase is unmapped. */
export type PhaseMapping = ReadonlyMap<string, string | null>;

/** A plan that migrates tickets from one workflow version to another. */
export interface MigrationPlan {
  readonly from: CompiledWorkflow;
  readonly to: CompiledWorkflow;
  readonly mapping: PhaseMapping;
}

/** The phase of a ticket and, while it waits, the last phase that was not a waiting one. */
export interface PhaseState {
  readonly phase: string;
  readonly resumePhase: string | null;
}

/** An entry of a requested mapping that cannot be applied. */
export interface InvalidMapping {
  readonly phase: string;
  readonly problem: 'phase_unknown' | 'target_unknown';
}

/**
 * Plans a migration. A phase that the requested mapping does not name is mapped to the phase of the same name.
 *
 * @param requested targets by phase; entries that `invalidMappings` reports are ignored
 */
export function planMigration(
  from: CompiledWorkflow,
  to: CompiledWorkflow,
  requested: Readonly<Record<string, string>> = {},
): MigrationPlan {
  const targets = new Map(Object.entries(requested));
  const mapping = Array.from(from.phases.keys(), (phase): [string, string | null] => {
    const target = targets.get(phase) ?? phase;
    return [phase, to.phases.has(target) ? target : null];
  });
  return { from, to, mapping: new Map(mapping) };
}

/** Returns the entries of a requested mapping with a phase that the old version lacks, or a target that the new one lacks. */
export function invalidMappings(
  from: CompiledWorkflow,
  to: CompiledWorkflow,
  requested: Readonly<Record<string, string>>,
): InvalidMapping[] {
  return Object.entries(requested).flatMap(([phase, target]): InvalidMapping[] => {
    if (!from.phases.has(phase)) return [{ phase, problem: 'phase_unknown' }];
    return to.phases.has(target) ? [] : [{ phase, problem: 'target_unknown' }];
  });
}

/** Returns the phases of the old version that the plan does not map. */
export function unmappedPhases({ mapping }: MigrationPlan): string[] {
  return [...mapping].filter(([, target]) => target === null).map(([phase]) => phase);
}

/** Returns the unmapped phase that prevents the migration of a ticket: its phase or its resume phase. Null if none does. */
export function unmappedPhaseOf(
  { from, to, mapping }: MigrationPlan,
  { phase, resumePhase }: PhaseState,
): string | null {
  const target = mapping.get(phase) ?? null;
  if (target === null) return phase;
  const staysWaiting = isWaiting(from, phase) && isWaiting(to, target);
  return staysWaiting && resumePhase !== null && (mapping.get(resumePhase) ?? null) === null ? resumePhase : null;
}

/**
 * Returns the state of a ticket after the migration; null if an unmapped phase prevents it.
 *
 * A ticket that stays waiting resumes in the target of its resume phase. A ticket that becomes waiting resumes in the phase
 * that it was in, if the new version has that phase. If the resulting resume phase is a waiting one or missing, the ticket
 * counts as created in the waiting phase.
 */
export function stateAfterMigration(plan: MigrationPlan, ticket: PhaseState): PhaseState | null {
  const phase = plan.mapping.get(ticket.phase) ?? null;
  if (phase === null || unmappedPhaseOf(plan, ticket) !== null) return null;
  if (!isWaiting(plan.to, phase)) return { phase, resumePhase: null };
  const reached = isWaiting(plan.from, ticket.phase) ? targetOf(plan, ticket.resumePhase) : ticket.phase;
  const canResume = reached !== null && plan.to.phases.get(reached)?.waiting === false;
  return { phase, resumePhase: canResume ? reached : null };
}

function targetOf({ mapping }: MigrationPlan, phase: string | null): string | null {
  return phase === null ? null : (mapping.get(phase) ?? null);
}

function isWaiting({ phases }: CompiledWorkflow, phase: string): boolean {
  return phases.get(phase)?.waiting === true;
}
