import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Caller } from '../../access/caller';
import { decodeCursor, isUuid, pageOf, type Page, type PageRequest } from '../../database/keyset-page';
import type { Command } from '../../idempotency/command-runner';
import { DomainError } from '../../problems/domain-error';
import type { VersionRow } from '../../workflows/workflow-statements';
import { WorkflowService } from '../../workflows/workflow.service';
import { findRun, findUnfinished, insertRun, listRuns, lockPlanning, type MigrationRow } from './migration-run';
import { surveyOf, type MigrationSurvey } from './migration-survey';
import { MigrationWorker } from './migration-worker';
import {
  planRequest,
  refusePhasesWithoutPlace,
  refuseSameVersion,
  type MigrationRequest,
  type PlannedMigration,
} from './planned-migration';
import { countTickets } from './ticket-walk';

/** Takes tickets from one version of their workflow to another. */
@Injectable()
export class MigrationService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly workflows: WorkflowService,
    private readonly worker: MigrationWorker,
  ) {}

  /**
   * Tells what a run would find. Nothing is changed.
   *
   * @throws DomainError `workflow_not_found`, `validation_failed`, `forbidden`
   */
  async surveyMigration(key: string, request: MigrationRequest, caller: Caller): Promise<Command<MigrationSurvey>> {
    const { from, plan } = await this.plan(key, request, caller);
    return { decide: async (manager) => surveyOf(plan, await countTickets(manager, from.graphId)) };
  }

  /**
   * Begins a run. It goes on by itself, here or on another replica, until all tickets have gone over that can.
   *
   * @throws DomainError as `surveyMigration`, and `workflow_invalid` when a phase has no place, `already_exists` while
   *   another run leads away from the version, `outcome_unknown`
   */
  async startMigration(key: string, request: MigrationRequest, caller: Caller): Promise<Command<MigrationRow>> {
    const planned = await this.plan(key, request, caller);
    refusePhasesWithoutPlace(planned);
    const counts = await countTickets(this.dataSource.manager, planned.from.graphId);
    const tickets = counts.reduce((sum, count) => sum + count.tickets, 0);
    return {
      decide: async (manager) => {
        await lockPlanning(manager, key);
        const underWay = await findUnfinished(manager, planned.from.graphId);
        if (underWay !== undefined) throw alreadyUnderWay(underWay);
        return insertRun(manager, planned, tickets, caller);
      },
      ended: (run) => run && this.worker.wake(),
    };
  }

  /**
   * A page of the runs of a workflow, the newest first.
   *
   * @throws DomainError `workflow_not_found`, `forbidden` for a caller who sees one project only, where the workflow is
   *   everybody's: runs count the tickets of others
   */
  async listMigrations(key: string, { limit, cursor }: PageRequest, caller: Caller): Promise<Page<MigrationRow>> {
    const graphIds = await this.graphIdsOf(key, caller);
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, '-id', [isUuid]);
    const rows = await listRuns(this.dataSource.manager, graphIds, limit + 1, before as string | undefined);
    return pageOf(rows, limit, '-id', ({ id }) => [id]);
  }

  /** @throws DomainError as `listMigrations`, and `migration_not_found` */
  async getMigration(key: string, id: string, caller: Caller): Promise<MigrationRow> {
    const run = await findRun(this.dataSource.manager, id, await this.graphIdsOf(key, caller));
    if (run === undefined) throw new DomainError('migration_not_found', `There is no migration ${id}.`);
    return run;
  }

  private async graphIdsOf(key: string, caller: Caller): Promise<number[]> {
    const versions = await this.workflows.versionsOf(key, caller);
    refuseOthersTickets(versions[0]!, caller);
    return versions.map(({ graphId }) => graphId);
  }

  private async plan(key: string, request: MigrationRequest, caller: Caller): Promise<PlannedMigration> {
    refuseSameVersion(request);
    const from = await this.workflows.getWorkflow(key, request.fromVersion, caller);
    const to = await this.workflows.getWorkflow(key, request.toVersion, caller);
    refuseOthersTickets(from, caller);
    return planRequest(from, to, request.phases);
  }
}

/** Whoever sees one project only may not change, and not count, the tickets of others. */
function refuseOthersTickets({ key, projectId }: VersionRow, caller: Caller): void {
  if (caller.projectId === null || projectId !== null) return;
  const detail = `This key is bound to one project, and the workflow ${JSON.stringify(key)} has tickets of others.`;
  throw new DomainError('forbidden', detail);
}

function alreadyUnderWay({ id, fromVersion, toVersion }: MigrationRow): DomainError {
  const detail = `The tickets of version ${fromVersion} are on their way to version ${toVersion} already: migration ${id}.`;
  return new DomainError('already_exists', detail, { migration_id: id });
}
