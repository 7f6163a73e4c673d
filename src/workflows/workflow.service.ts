import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ANONYMOUS, type Caller } from '../access/caller';
import { constraintOf } from '../database/database-errors';
import type { Reader } from '../database/reader';
import { decodeCursor, isText, pageOf, type Page, type PageRequest } from '../database/keyset-page';
import type { Command } from '../idempotency/command-runner';
import { compileWorkflow, type CompiledWorkflow } from '../machine/compiled-workflow';
import { lintWorkflow } from '../machine/lint';
import { hasErrors, type LintFinding } from '../machine/lint-finding';
import { SDLC_GRAPH, SDLC_KEY } from '../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow, type WorkflowDefinition } from '../machine/workflow';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { ReadyWorkflows, type ReadyWorkflow } from './ready-workflows';
import {
  findVersion,
  listNewest,
  listVersions,
  readVersions,
  storeVersion,
  type StoredWorkflow,
  type VersionRow,
  type WorkflowSummary,
} from './workflow-statements';

/** The id of the built-in workflow's version; the first migration inserts it. */
export const SDLC_GRAPH_ID = 1;

/** The capacity of the cache: more than the tickets of a batch. */
const MAX_READY = 1_024;

const SDLC_READY: ReadyWorkflow = { graphId: SDLC_GRAPH_ID, key: SDLC_KEY, version: 1, graph: SDLC_GRAPH };

/** The version of a posted definition. */
export interface CreatedWorkflow {
  readonly workflow: StoredWorkflow;
  readonly isNew: boolean;
  readonly warnings: readonly LintFinding[];
}

/** Reads and stores workflow versions. Versions never change, so compiled versions are cached. */
@Injectable()
export class WorkflowService {
  private readonly ready = new ReadyWorkflows(MAX_READY);

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Loads versions into the cache, for `graphOf` and `readyWorkflow`. Queries the database only for missing versions. */
  async know(graphIds: Iterable<number>, reader: Reader = this.dataSource.manager): Promise<void> {
    const needed = new Set(graphIds);
    const missing = [...needed].filter((id) => id !== SDLC_GRAPH_ID && !this.ready.has(id));
    if (missing.length === 0) return;
    const found = await readVersions(reader, missing);
    this.ready.keep(
      found.map(({ graphId, key, version, definition }) => ({
        graphId,
        key,
        version,
        graph: compileWorkflow(definition),
      })),
      needed,
    );
  }

  /** Returns the cached version with this id. */
  readyWorkflow(graphId: number): ReadyWorkflow {
    const ready = graphId === SDLC_GRAPH_ID ? SDLC_READY : this.ready.get(graphId);
    if (ready === undefined) throw new Error(`The workflow version with graph id ${graphId} is not loaded`);
    return ready;
  }

  /** Returns the compiled graph of a cached version. */
  graphOf(graphId: number): CompiledWorkflow {
    return this.readyWorkflow(graphId).graph;
  }

  /** Returns whether any cached version has a phase with this id. */
  isPhase(name: string): boolean {
    return [SDLC_READY, ...this.ready.values()].some(({ graph }) => graph.phases.has(name));
  }

  /**
   * Returns a version of a workflow, by default the latest, compiled for the judge.
   *
   * @param projectId the project of the ticket; null for all projects
   * @throws DomainError `workflow_not_found`, also for a workflow of another project
   */
  async workflowFor(projectId: string | null, key: string = SDLC_KEY, version?: number): Promise<ReadyWorkflow> {
    if (key === SDLC_KEY && (version ?? 1) === 1) return SDLC_READY;
    const found = await this.findFor(projectId, key, version);
    await this.know([found.graphId]);
    return this.readyWorkflow(found.graphId);
  }

  /**
   * Returns a version of a workflow with its definition, by default the latest.
   *
   * @throws DomainError `workflow_not_found`
   */
  async getWorkflow(key: string, version?: number, caller: Caller = ANONYMOUS): Promise<StoredWorkflow> {
    const found = await this.findFor(caller.projectId, key, version);
    const [stored] = await readVersions(this.dataSource.manager, [found.graphId]);
    if (stored === undefined) throw workflowNotFound(key, version);
    return stored;
  }

  /** Returns the definition of a version. */
  async getDefinition(graphId: number): Promise<CompleteWorkflow> {
    const [stored] = await readVersions(this.dataSource.manager, [graphId]);
    if (stored === undefined) throw new Error(`The workflow version with graph id ${graphId} has no definition`);
    return stored.definition;
  }

  /**
   * Returns the versions of a workflow.
   *
   * @throws DomainError `workflow_not_found`
   */
  async versionsOf(key: string, caller: Caller = ANONYMOUS): Promise<VersionRow[]> {
    const versions = await listVersions(this.dataSource.manager, key);
    if (!isOpenTo(caller.projectId, versions[0])) throw workflowNotFound(key);
    return versions;
  }

  /**
   * Returns the `graphId` of each version of a workflow.
   *
   * @throws DomainError `workflow_not_found`
   */
  async graphIdsOf(key: string, caller: Caller = ANONYMOUS): Promise<number[]> {
    return (await this.versionsOf(key, caller)).map(({ graphId }) => graphId);
  }

  /** Lists the workflows that the caller can see by key, each with its latest version. */
  async listWorkflows({ limit, cursor }: PageRequest, caller: Caller = ANONYMOUS): Promise<Page<WorkflowSummary>> {
    const [after = ''] = cursor === undefined ? [] : decodeCursor(cursor, 'key', [isText]);
    const { projectId } = caller;
    const rows = await listNewest(this.dataSource.manager, { after: String(after), limit: limit + 1, projectId });
    return pageOf(rows, limit, 'key', ({ key }) => [key]);
  }

  /**
   * Returns the command that stores a definition as the next version of its workflow. An identical definition keeps its
   * existing version. The command throws `already_exists` for a key that belongs to another project or is built in.
   *
   * @param projectId the only project whose tickets may use it; null: all may
   * @throws DomainError `validation_failed` for a reserved key, `workflow_invalid` with every finding
   */
  createWorkflow(definition: WorkflowDefinition, projectId: string | null = null): Command<CreatedWorkflow> {
    refuseReservedKey(definition.key);
    const findings = lintWorkflow(definition);
    if (hasErrors(findings)) throw workflowInvalid(findings);
    const complete = completeWorkflow(definition);
    return {
      decide: async (manager) => {
        const { stored, isNew } = await storeVersion(manager, complete, projectId);
        if (stored.projectId !== projectId) throw keyTaken(stored);
        return { workflow: { ...stored, definition: complete }, isNew, warnings: findings };
      },
      explain: (error) => (constraintOf(error) === 'graphs_built_in_check' ? keyTaken(definition) : error),
    };
  }

  private async findFor(projectId: string | null, key: string, version?: number): Promise<VersionRow> {
    const found = await findVersion(this.dataSource.manager, key, version);
    if (!isOpenTo(projectId, found)) throw workflowNotFound(key, version);
    return found;
  }
}

/** Returns whether a project can use a version; null stands for all projects. */
function isOpenTo(projectId: string | null, version: VersionRow | undefined): version is VersionRow {
  if (version === undefined) return false;
  return projectId === null || version.projectId === null || version.projectId === projectId;
}

function workflowNotFound(key: string, version?: number): DomainError {
  const name = JSON.stringify(key);
  const missing = version === undefined ? `Workflow ${name}` : `Version ${version} of workflow ${name}`;
  return new DomainError('workflow_not_found', `${missing} does not exist.`);
}

/** Keys that are paths of other endpoints below /workflows. */
const RESERVED_KEYS: ReadonlySet<string> = new Set(['lint', 'schema']);

/** @throws DomainError `validation_failed` */
function refuseReservedKey(key: string): void {
  if (!RESERVED_KEYS.has(key)) return;
  throw validationFailed([{ in: 'body', pointer: '/key', detail: `must not be ${key}, which is reserved` }]);
}

function workflowInvalid(findings: readonly LintFinding[]): DomainError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = `${errors[0]!.pointer}: ${errors[0]!.message}${more}`;
  return new DomainError('workflow_invalid', detail, { findings });
}

function keyTaken({ key }: Pick<VersionRow, 'key'>): DomainError {
  const whose = key === SDLC_KEY ? 'is built in and cannot be replaced' : 'belongs to another project';
  return new DomainError('already_exists', `The workflow ${JSON.stringify(key)} ${whose}. Choose another key.`);
}
