import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ANONYMOUS, type Caller } from '../access/caller';
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

/** The graph of the built-in workflow; the migration creates it. */
export const SDLC_GRAPH_ID = 1;

/** Versions that are kept ready at most: more than a batch of moves has tickets. */
const MOST_READY = 1_024;

const SDLC_READY: ReadyWorkflow = { graphId: SDLC_GRAPH_ID, key: SDLC_KEY, version: 1, graph: SDLC_GRAPH };

/** A definition that was stored, or that is a version already. */
export interface CreatedWorkflow {
  readonly workflow: StoredWorkflow;
  readonly isNew: boolean;
  readonly warnings: readonly LintFinding[];
}

/** Workflows and their versions. A version never changes, so one that was looked up and compiled stays ready. */
@Injectable()
export class WorkflowService {
  private readonly ready = new ReadyWorkflows(MOST_READY);

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Makes graphs ready, so that `graphOf` knows them. Asks the database only for those that it has not seen yet. */
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

  /** The workflow that a ticket's `graphId` names. It has to be known. */
  readyWorkflow(graphId: number): ReadyWorkflow {
    const ready = graphId === SDLC_GRAPH_ID ? SDLC_READY : this.ready.get(graphId);
    if (ready === undefined) throw new Error(`Graph ${graphId} has no definition that the application knows`);
    return ready;
  }

  /** The graph that a ticket's `graphId` names. It has to be known. */
  graphOf(graphId: number): CompiledWorkflow {
    return this.readyWorkflow(graphId).graph;
  }

  /** Whether any workflow that is in use here has a phase of this name. */
  isPhase(name: string): boolean {
    return [SDLC_READY, ...this.ready.values()].some(({ graph }) => graph.phases.has(name));
  }

  /**
   * The version that is asked for, or else the newest, ready for judging.
   *
   * @param projectId the project that it is for; null: all
   * @throws DomainError `workflow_not_found`, also for a workflow of another project
   */
  async workflowFor(projectId: string | null, key: string = SDLC_KEY, version?: number): Promise<ReadyWorkflow> {
    if (key === SDLC_KEY && (version ?? 1) === 1) return SDLC_READY;
    const found = await this.findFor(projectId, key, version);
    await this.know([found.graphId]);
    return this.readyWorkflow(found.graphId);
  }

  /**
   * A version of a workflow as it is stored; its newest one where none is named.
   *
   * @throws DomainError `workflow_not_found`
   */
  async getWorkflow(key: string, version?: number, caller: Caller = ANONYMOUS): Promise<StoredWorkflow> {
    const found = await this.findFor(caller.projectId, key, version);
    const [stored] = await readVersions(this.dataSource.manager, [found.graphId]);
    return stored!;
  }

  /** The definition that a ticket's `graphId` names. */
  async getDefinition(graphId: number): Promise<CompleteWorkflow> {
    const [stored] = await readVersions(this.dataSource.manager, [graphId]);
    if (stored === undefined) throw new Error(`Graph ${graphId} has no definition`);
    return stored.definition;
  }

  /**
   * All versions of a workflow.
   *
   * @throws DomainError `workflow_not_found`
   */
  async versionsOf(key: string, caller: Caller = ANONYMOUS): Promise<VersionRow[]> {
    const versions = await listVersions(this.dataSource.manager, key);
    if (!isOpenTo(caller.projectId, versions[0])) throw workflowNotFound(key);
    return versions;
  }

  /**
   * The graphs that are versions of a workflow.
   *
   * @throws DomainError `workflow_not_found`
   */
  async graphIdsOf(key: string, caller: Caller = ANONYMOUS): Promise<number[]> {
    return (await this.versionsOf(key, caller)).map(({ graphId }) => graphId);
  }

  /** Workflows in the order of their keys, as far as the caller sees them, each in its newest version. */
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
        if (stored.projectId !== projectId || (isNew && stored.key === SDLC_KEY)) throw keyTaken(stored);
        return { workflow: { ...stored, definition: complete }, isNew, warnings: findings };
      },
    };
  }

  private async findFor(projectId: string | null, key: string, version?: number): Promise<VersionRow> {
    const found = await findVersion(this.dataSource.manager, key, version);
    if (!isOpenTo(projectId, found)) throw workflowNotFound(key, version);
    return found;
  }
}

/** Whether a version is there for a project; null: for all. A workflow of one project is not there for others. */
function isOpenTo(projectId: string | null, version: VersionRow | undefined): version is VersionRow {
  if (version === undefined) return false;
  return projectId === null || version.projectId === null || version.projectId === projectId;
}

function workflowNotFound(key: string, version?: number): DomainError {
  const which = version === undefined ? '' : ` with a version ${version}`;
  return new DomainError('workflow_not_found', `There is no workflow ${JSON.stringify(key)}${which}.`);
}

/** Paths below /workflows that are no workflow. */
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

function keyTaken({ key }: VersionRow): DomainError {
  const whose = key === SDLC_KEY ? 'is built in and stays as it is' : 'belongs to others';
  return new DomainError('already_exists', `The workflow ${JSON.stringify(key)} ${whose}. Choose another key.`);
}
