import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Caller } from '../../access/caller';
import { decodeCursor, isUuid, pageOf, type Page, type PageRequest } from '../../database/keyset-page';
import { Semaphore } from '../../database/semaphore';
import { BUDGETS } from '../../http/server/limits';
import type { Command } from '../../idempotency/command-runner';
import { compileWorkflow } from '../../machine/compiled-workflow';
import { invalidMappings, unmappedPhases, planMigration } from '../../machine/migration';
import { DomainError } from '../../problems/domain-error';
import { pointerTo, validationFailed, type FieldError } from '../../problems/validation';
import type { StoredWorkflow, VersionRow } from '../../workflows/workflow-statements';
import { WorkflowService } from '../../workflows/workflow.service';
import {
  findRun,
  findUnfinished,
  insertRun,
  listRuns,
  lockPlanning,
  type MigrationRow,
  type PlannedMigration,
} from './migration-run.statements';
import { surveyOf, type MigrationSurvey } from './migration-survey';
import { MigrationWorker } from './migration-worker';
import { groupTickets, type TicketGroup } from './ticket-scan.statements';

/** The migration that a caller requests. */
export interface MigrationRequest {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Phases of the new version by phases of the old one; an unnamed phase maps to the phase of the same name. */
  readonly phases: Readonly<Record<string, string>>;
}

/** Counts of tickets that run at once, that wait at most, and for how long, in milliseconds. */
const COUNTING = { atOnce: 2, waiting: 16, timeout: 2_000 } as const;

/** Runs that one statement reads: each lists all phases of two versions. */
const RUNS_READ = 20;

/** Migrates tickets from one version of their workflow to another. */
@Injectable()
export class MigrationService {
  private readonly counting = new Semaphore(COUNTING.atOnce, COUNTING.waiting, COUNTING.timeout);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
    private readonly worker: MigrationWorker,
  ) {}

  /**
   * Returns what a migration would do, and changes nothing.
   *
   * @throws DomainError `workflow_not_found`, `validation_failed`, `forbidden`
   */
  async surveyMigration(key: string, request: MigrationRequest, caller: Caller): Promise<Command<MigrationSurvey>> {
    const { from, plan } = await this.plan(key, request, caller);
    const survey = surveyOf(plan, await this.countTickets(from));
    return { decide: () => Promise.resolve(survey) };
  }

  /**
   * Starts a run. It continues in the background, on any replica, until every ticket that can be migrated is.
   *
   * @throws DomainError as `surveyMigration`, and `workflow_invalid` for unmapped phases, `already_exists` while another run
   *   migrates tickets of the version, `outcome_unknown`
   */
  async startMigration(key: string, request: MigrationRequest, caller: Caller): Promise<Command<MigrationRow>> {
    const planned = await this.plan(key, request, caller);
    refuseUnmappedPhases(planned);
    const groups = await this.countTickets(planned.from);
    const total = groups.reduce((sum, { tickets }) => sum + tickets, 0);
    return {
      decide: async (manager) => {
        await lockPlanning(manager, key);
        const running = await findUnfinished(manager, planned.from.graphId);
        if (running !== undefined) throw alreadyRunning(running);
        return insertRun(manager, planned, total, caller);
      },
      ended: (run) => run && this.worker.wake(),
    };
  }

  /**
   * Returns a page of the runs of a workflow, newest first.
   *
   * @throws DomainError `workflow_not_found`; `forbidden` for a caller of one project if all projects share the workflow,
   *   because runs count tickets of all projects
   */
  async listMigrations(key: string, { limit, cursor }: PageRequest, caller: Caller): Promise<Page<MigrationRow>> {
    const graphIds = await this.graphIdsOf(key, caller);
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, '-id', [isUuid]);
    const rows: MigrationRow[] = [];
    let bytes = 0;
    let hasMore = true;
    while (hasMore && rows.length <= limit && bytes < BUDGETS.page) {
      const count = Math.min(RUNS_READ, limit + 1 - rows.length);
      const last = rows.at(-1)?.id ?? (before as string | undefined);
      const read = await listRuns(this.dataSource.manager, graphIds, count, last);
      bytes += Buffer.byteLength(JSON.stringify(read));
      hasMore = read.length === count;
      rows.push(...read);
    }
    return pageOf(rows, limit, '-id', ({ id }) => [id], hasMore);
  }

  /** @throws DomainError as `listMigrations`, and `migration_not_found` */
  async getMigration(key: string, id: string, caller: Caller): Promise<MigrationRow> {
    const run = await findRun(this.dataSource.manager, id, await this.graphIdsOf(key, caller));
    if (run === undefined) throw new DomainError('migration_not_found', `Migration ${id} does not exist.`);
    return run;
  }

  /** Reads every ticket that can have the version, so few counts run at once. */
  private countTickets(version: VersionRow): Promise<TicketGroup[]> {
    return this.counting.run(() => groupTickets(this.dataSource.manager, version));
  }

  private async graphIdsOf(key: string, caller: Caller): Promise<number[]> {
    const versions = await this.workflows.versionsOf(key, caller);
    for (const version of versions) refuseSharedWorkflow(version, caller);
    return versions.map(({ graphId }) => graphId);
  }

  private async plan(key: string, request: MigrationRequest, caller: Caller): Promise<PlannedMigration> {
    refuseSameVersion(request);
    const from = await this.workflows.getWorkflow(key, request.fromVersion, caller);
    const to = await this.workflows.getWorkflow(key, request.toVersion, caller);
    refuseSharedWorkflow(from, caller);
    return planRequest(from, to, request.phases);
  }
}

/** A caller of one project may neither migrate nor count tickets of other projects. */
function refuseSharedWorkflow({ key, projectId }: VersionRow, caller: Caller): void {
  if (caller.projectId === null || projectId !== null) return;
  const detail = `This key is bound to one project, and all projects share the workflow ${JSON.stringify(key)}.`;
  throw new DomainError('forbidden', detail);
}

function alreadyRunning({ id, fromVersion, toVersion }: MigrationRow): DomainError {
  const detail = `Migration ${id} is already migrating the tickets of version ${fromVersion} to version ${toVersion}.`;
  return new DomainError('already_exists', detail, { migration_id: id });
}

/** @throws DomainError `validation_failed` if both versions are the same */
function refuseSameVersion({ fromVersion, toVersion }: MigrationRequest): void {
  if (fromVersion !== toVersion) return;
  const detail = `must differ from from_version; got ${toVersion}`;
  throw validationFailed([{ in: 'body', pointer: '/to_version', detail }]);
}

/** @throws DomainError `validation_failed` that lists every phase that its version does not have */
function planRequest(from: StoredWorkflow, to: StoredWorkflow, phases: MigrationRequest['phases']): PlannedMigration {
  const [old, next] = [compileWorkflow(from.definition), compileWorkflow(to.definition)];
  const errors = invalidMappings(old, next, phases).map(({ phase, problem }): FieldError => {
    const detail =
      problem === 'phase_unknown'
        ? `must be a phase of version ${from.version}`
        : `must map to a phase of version ${to.version}; got ${JSON.stringify(phases[phase])}`;
    return { in: 'body', pointer: `/phases${pointerTo(phase)}`, detail };
  });
  if (errors.length > 0) throw validationFailed(errors);
  return { from, to, plan: planMigration(old, next, phases) };
}

/**
 * A run needs a mapping for every phase, also for phases without tickets: a ticket may enter one while it runs.
 *
 * @throws DomainError `workflow_invalid` with a finding for each unmapped phase
 */
function refuseUnmappedPhases({ to, plan }: PlannedMigration): void {
  const findings = unmappedPhases(plan).map((phase) => ({
    severity: 'error',
    code: 'no_place',
    pointer: `/phases${pointerTo(phase)}`,
    message: `Version ${to.version} has no phase ${JSON.stringify(phase)}. Map it to a phase of that version.`,
  }));
  const [first] = findings;
  if (first === undefined) return;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : '';
  throw new DomainError('workflow_invalid', `${first.pointer}: ${first.message}${more}`, { findings });
}
