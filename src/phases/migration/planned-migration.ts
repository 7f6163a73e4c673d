import { compileWorkflow } from '../../machine/compiled-workflow';
import { invalidMappings, unmappedPhases, planMigration, type MigrationPlan } from '../../machine/migration';
import { DomainError } from '../../problems/domain-error';
import { pointerTo, validationFailed, type FieldError } from '../../problems/validation';
import type { StoredWorkflow } from '../../workflows/workflow-statements';

/** What somebody asks for. */
export interface MigrationRequest {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Places by phase; a phase that is not named goes to its namesake. */
  readonly phases: Readonly<Record<string, string>>;
}

/** A request whose versions and phases there are. */
export interface PlannedMigration {
  readonly from: StoredWorkflow;
  readonly to: StoredWorkflow;
  readonly plan: MigrationPlan;
}

/** @throws DomainError `validation_failed` when there is nothing between the two versions to go */
export function refuseSameVersion({ fromVersion, toVersion }: MigrationRequest): void {
  if (fromVersion !== toVersion) return;
  const detail = `must be another version than from_version; got ${toVersion}`;
  throw validationFailed([{ in: 'body', pointer: '/to_version', detail }]);
}

/** @throws DomainError `validation_failed` for phases that a version does not have, all of them at once */
export function planRequest(
  from: StoredWorkflow,
  to: StoredWorkflow,
  phases: MigrationRequest['phases'],
): PlannedMigration {
  const [old, next] = [compileWorkflow(from.definition), compileWorkflow(to.definition)];
  const errors = invalidMappings(old, next, phases).map(({ phase, problem }): FieldError => {
    const detail =
      problem === 'phase_unknown'
        ? `is no phase of version ${from.version}`
        : `must be a phase of version ${to.version}; got ${JSON.stringify(phases[phase])}`;
    return { in: 'body', pointer: `/phases${pointerTo(phase)}`, detail };
  });
  if (errors.length > 0) throw validationFailed(errors);
  return { from, to, plan: planMigration(old, next, phases) };
}

/**
 * A run needs a place for every phase, also for those that no ticket is in: one may come there while it runs.
 *
 * @throws DomainError `workflow_invalid` with a finding for each phase without a place
 */
export function refusePhasesWithoutPlace({ to, plan }: PlannedMigration): void {
  const homeless = unmappedPhases(plan);
  if (homeless.length === 0) return;
  const findings = homeless.map((phase) => ({
    severity: 'error',
    code: 'no_place',
    pointer: `/phases${pointerTo(phase)}`,
    message: `Version ${to.version} has no phase ${JSON.stringify(phase)}; name another one for its tickets.`,
  }));
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  throw new DomainError('workflow_invalid', `${findings[0]!.pointer}: ${findings[0]!.message}${more}`, { findings });
}
