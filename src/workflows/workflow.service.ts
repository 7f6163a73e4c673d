import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { ANONYMOUS, type Caller } from '../access/caller';
import { constraintOf } from '../database/database-errors';
import type { Reader } from '../database/reader';
import { decodeCursor, isText, pageOf, type Page, type PageRequest } from '../database/keyset-page';
import { Semaphore } from '../database/semaphore';
import { BUDGETS } from '../http/server/limits';
import { TimeSlices } from '../http/server/time-slice';
import type { Command } from '../idempotency/command-runner';
import { compileWorkflow, type CompiledWorkflow } from '../machine/compiled-workflow';
import { lintSteps } from '../machine/lint';
import { hasErrors, mostImportant, type LintFinding } from '../machine/lint-finding';
import { SDLC_GRAPH, SDLC_KEY } from '../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow, type WorkflowDefinition } from '../machine/workflow';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { ReadyWorkflows, type ReadyWorkflow } from './ready-workflows';
import {
  countVersions,
  findPhases,
  findVersion,
  listNewest,
  listVersions,
  readNames,
  readSizes,
  readVersions,
  storeVersion,
  type ReadWorkflow,
  type StoredWorkflow,
  type VersionName,
  type VersionRow,
  type WorkflowSummary,
} from './workflow-statements';

/** The id of the built-in workflow's version; the first migration inserts it. */
export const SDLC_GRAPH_ID = 1;

/** Names of versions in memory. */
const MAX_NAMES = 20_000;

/** Groups of definitions that are read and compiled at the same time. */
const LOADING = 2;

/** Lints that wait for their turn at most, and for how long, in milliseconds. */
const LINTS = { waiting: 64, timeout: 10_000 } as const;

const SDLC_NAME: VersionName = { graphId: SDLC_GRAPH_ID, key: SDLC_KEY, version: 1 };
const SDLC_READY: ReadyWorkflow = { ...SDLC_NAME, graph: SDLC_GRAPH, bytes: 0 };

/** The version of a posted definition. */
export interface CreatedWorkflow {
  readonly workflow: StoredWorkflow;
  readonly isNew: boolean;
  readonly warnings: readonly LintFinding[];
}

/** Reads and stores workflow versions. Versions never change, so compiled versions are cached. */
@Injectable()
export class WorkflowService {
  private readonly ready = new ReadyWorkflows(BUDGETS.workflows);
  private readonly names = new Map([[SDLC_GRAPH_ID, SDLC_NAME]]);
  private readonly linting = new Semaphore(1, LINTS.waiting, LINTS.timeout);
  private readonly loading = new Semaphore(LOADING);
  private readonly loadingInTransactions = new Semaphore(LOADING);

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /**
   * Loads versions into the cache, for `graphOf` and `readyWorkflow`. Queries the database only for missing versions.
   *
   * @param reader reads in the transaction of the caller, which must not wait for another connection
   */
  async know(graphIds: Iterable<number>, reader?: Reader): Promise<void> {
    const needed = new Set(graphIds);
    for (const group of await this.missingAmong(needed, reader)) await this.load(group, needed, reader);
  }

  /**
   * Loads versions, and yields them in groups that fit into the cache together: those of one group are ready until the next
   * is asked for.
   *
   * @param reader reads in the transaction of the caller
   */
  async *inGroups(graphIds: Iterable<number>, reader: Reader): AsyncGenerator<ReadonlySet<number>> {
    const needed = new Set(graphIds);
    const ready = new Set([...needed].filter((id) => id === SDLC_GRAPH_ID || this.ready.has(id)));
    if (ready.size > 0) yield ready;
    if (ready.size === needed.size) return;
    for (const group of await this.missingAmong(needed, reader)) {
      await this.load(group, group, reader);
      yield new Set(group);
    }
  }

  /** Returns the versions that are not in the cache, in groups that are small enough to be compiled together. */
  private async missingAmong(needed: ReadonlySet<number>, reader?: Reader): Promise<number[][]> {
    const missing = [...needed].filter((id) => id !== SDLC_GRAPH_ID && !this.ready.has(id));
    if (missing.length < 2) return missing.length === 0 ? [] : [missing];
    const groups: number[][] = [];
    let left = 0;
    const sizes = await readSizes(reader ?? this.dataSource.manager, missing);
    for (const { graphId, bytes } of sizes) {
      left -= bytes;
      const group = groups.at(-1);
      if (group !== undefined && left >= 0) group.push(graphId);
      else {
        groups.push([graphId]);
        left = BUDGETS.compiled - bytes;
      }
    }
    const found = new Set(sizes.map(({ graphId }) => graphId));
    const unusable = missing.filter((id) => !found.has(id));
    return unusable.length === 0 ? groups : [...groups, unusable];
  }

  /** A transaction holds a connection that others may wait for, so it does not wait for those that have none yet. */
  private load(group: readonly number[], needed: Iterable<number>, reader?: Reader): Promise<void> {
    const turn = reader === undefined ? this.loading : this.loadingInTransactions;
    return turn.run(async () => {
      const found = await readVersions(reader ?? this.dataSource.manager, group);
      this.ready.keep(found.flatMap(compileIfPossible), needed);
    });
  }

  /**
   * Returns the key and the version of a workflow version. Lists need no more, so definitions are not loaded for them, and
   * tickets under a graph that is not a usable version are listed, too.
   *
   * @param reader reads in the transaction of the caller
   */
  async nameOf(graphId: number, reader?: Reader): Promise<VersionName> {
    if (!this.names.has(graphId)) await this.nameVersions([graphId], reader);
    return this.names.get(graphId) ?? { graphId, key: `graph ${graphId}`, version: 0 };
  }

  /** Looks up the names of versions for `nameOf`, in one statement. */
  async nameVersions(graphIds: readonly number[], reader: Reader = this.dataSource.manager): Promise<void> {
    const missing = [...new Set(graphIds)].filter((id) => !this.names.has(id));
    if (missing.length === 0) return;
    const found = await readNames(reader, missing);
    if (this.names.size + found.length > MAX_NAMES) this.names.clear();
    for (const name of [SDLC_NAME, ...found]) this.names.set(name.graphId, name);
  }

  /**
   * Returns a version that was loaded.
   *
   * @throws DomainError `workflow_unusable` if it could not be loaded
   */
  readyWorkflow(graphId: number): ReadyWorkflow {
    const ready = graphId === SDLC_GRAPH_ID ? SDLC_READY : this.ready.get(graphId);
    if (ready === undefined) throw workflowUnusable(graphId);
    return ready;
  }

  /**
   * Returns the compiled graph of a version that was loaded.
   *
   * @throws DomainError `workflow_unusable` if it could not be loaded
   */
  graphOf(graphId: number): CompiledWorkflow {
    return this.readyWorkflow(graphId).graph;
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

  /**
   * Returns the definition of a version.
   *
   * @throws DomainError `workflow_unusable` if it has none
   */
  async getDefinition(graphId: number): Promise<CompleteWorkflow> {
    const [stored] = await readVersions(this.dataSource.manager, [graphId]);
    if (stored === undefined) throw workflowUnusable(graphId);
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

  /**
   * Rejects a filter by a phase that none of the versions has.
   *
   * @param graphIds undefined: all versions that the caller can see
   * @throws DomainError `validation_failed`
   */
  async requirePhase(phase: string, graphIds: readonly number[] | undefined, { projectId }: Caller): Promise<void> {
    const similar = await findPhases(this.dataSource.manager, phase, graphIds ?? null, projectId);
    if (similar.includes(phase)) return;
    const hint = similar[0] === undefined ? '' : `; did you mean ${similar[0]}?`;
    const owner = graphIds === undefined ? 'a workflow' : 'this workflow';
    const detail = `must be a phase of ${owner}; got ${JSON.stringify(phase)}${hint}`;
    throw validationFailed([{ in: 'query', pointer: '/phase', detail }]);
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
   * existing version. The command throws `already_exists` for a key that belongs to another project or is built in, and
   * `limit_reached` for an admin of a project that has too many versions.
   *
   * @param projectId the only project whose tickets may use it; null: all may
   * @throws DomainError `validation_failed` for a reserved key, `workflow_invalid` with the findings
   */
  async createWorkflow(
    definition: WorkflowDefinition,
    projectId: string | null = null,
    caller: Caller = ANONYMOUS,
  ): Promise<Command<CreatedWorkflow>> {
    refuseReservedKey(definition.key);
    const findings = await this.lint(definition);
    if (hasErrors(findings)) throw workflowInvalid(findings);
    const complete = completeWorkflow(definition);
    return {
      decide: async (manager) => {
        const { stored, isNew } = await storeVersion(manager, complete, projectId);
        if (stored.projectId !== projectId) throw keyTaken(stored);
        if (isNew && caller.projectId !== null) await refuseFullProject(manager, caller.projectId);
        return { workflow: { ...stored, definition: complete }, isNew, warnings: findings };
      },
      explain: (error) => (constraintOf(error) === 'graphs_built_in_check' ? keyTaken(definition) : error),
    };
  }

  /** Lints a definition in slices, one definition at a time, so that other requests are answered meanwhile. */
  lint(definition: WorkflowDefinition): Promise<LintFinding[]> {
    return this.linting.run(async () => {
      const slices = new TimeSlices();
      const steps = lintSteps(definition);
      for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
        await slices.pause();
      }
    });
  }

  private async findFor(projectId: string | null, key: string, version?: number): Promise<VersionRow> {
    const found = await findVersion(this.dataSource.manager, key, version);
    if (!isOpenTo(projectId, found)) throw workflowNotFound(key, version);
    return found;
  }
}

/** Returns nothing for a definition that cannot be compiled. The lint rejects those, so only SQL can have stored one. */
function compileIfPossible({ graphId, key, version, bytes, definition }: ReadWorkflow): ReadyWorkflow[] {
  try {
    return [{ graphId, key, version, bytes, graph: compileWorkflow(definition) }];
  } catch {
    return [];
  }
}

function workflowUnusable(graphId: number): DomainError {
  const problem = `The workflow version with the graph id ${graphId} has no valid definition.`;
  return new DomainError('workflow_unusable', `${problem} An operator finds the cause with \`npm run verify\`.`);
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
  return new DomainError('workflow_invalid', detail, { findings: mostImportant(findings, BUDGETS.findings) });
}

/** @throws DomainError `limit_reached` when the transaction stored a version too many */
async function refuseFullProject(manager: EntityManager, projectId: string): Promise<void> {
  if ((await countVersions(manager, projectId)) <= BUDGETS.projectVersions) return;
  const detail = `The workflows of the project have ${BUDGETS.projectVersions} versions, which is the limit.`;
  throw new DomainError('limit_reached', `${detail} An admin of all projects can create further ones.`);
}

function keyTaken({ key }: Pick<VersionRow, 'key'>): DomainError {
  const whose = key === SDLC_KEY ? 'is built in and cannot be replaced' : 'belongs to another project';
  return new DomainError('already_exists', `The workflow ${JSON.stringify(key)} ${whose}. Choose another key.`);
}
