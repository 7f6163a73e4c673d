import type { CommandRunner } from '../../idempotency/command-runner';
import { compileWorkflow, type CompiledWorkflow } from '../../machine/compiled-workflow';
import { SDLC_GRAPH, SDLC_KEY } from '../../machine/sdlc';
import { completeWorkflow } from '../../machine/workflow';
import { DomainError } from '../../problems/domain-error';
import type { StoredWorkflow } from '../../workflows/workflow-statements';
import { SDLC_GRAPH_ID, type WorkflowService } from '../../workflows/workflow.service';
import { TransferError } from '../transfer-error';
import type { WorkflowFile } from './workflow-file';

/** The workflow of new tickets. */
export interface TargetWorkflow {
  readonly key: string;
  readonly graph: CompiledWorkflow;
  /** Null in a dry run, when the definition is not stored yet. */
  readonly stored: { readonly graphId: number; readonly version: number } | null;
  /** True when this import stores the version, or a dry run would. */
  readonly isNew: boolean;
}

/** The default when no workflow is named. */
export const BUILT_IN: TargetWorkflow = {
  key: SDLC_KEY,
  graph: SDLC_GRAPH,
  stored: { graphId: SDLC_GRAPH_ID, version: 1 },
  isNew: false,
};

/** A workflow that is not stored. */
export function newWorkflow({ definition }: WorkflowFile): TargetWorkflow {
  return { key: definition.key, graph: compileWorkflow(definition), stored: null, isNew: true };
}

/**
 * Stores a definition unless an identical version exists. A workflow owned by the project stays with it.
 *
 * @throws TransferError when the key is built in or belongs to another project
 */
export async function storeWorkflow(
  workflows: WorkflowService,
  commands: CommandRunner,
  file: WorkflowFile,
  projectId: string,
): Promise<TargetWorkflow> {
  const owner = ownerOf(file, await newestVersion(workflows, file.definition.key), projectId);
  try {
    const { workflow, isNew } = await commands.execute(await workflows.createWorkflow(file.definition, owner));
    return { key: workflow.key, graph: compileWorkflow(workflow.definition), stored: workflow, isNew };
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    throw new TransferError(cause.message, { cause });
  }
}

/**
 * Returns what `storeWorkflow` would return, but stores nothing.
 *
 * @throws TransferError as `storeWorkflow` does
 */
export async function findWorkflow(
  workflows: WorkflowService,
  file: WorkflowFile,
  projectId: string,
): Promise<TargetWorkflow> {
  const { key } = file.definition;
  const text = JSON.stringify(completeWorkflow(file.definition));
  const newest = await newestVersion(workflows, key);
  if (newest !== undefined && newest.projectId !== ownerOf(file, newest, projectId)) throw keyTaken(key);
  for (let version = newest?.version ?? 0; version > 0; version--) {
    const stored = await workflows.getWorkflow(key, version);
    if (JSON.stringify(stored.definition) === text) return { ...newWorkflow(file), stored, isNew: false };
  }
  if (key === SDLC_KEY) throw keyTaken(key);
  return newWorkflow(file);
}

/** Returns the project that owns the workflow; null when all projects may use it. */
function ownerOf({ project }: WorkflowFile, newest: StoredWorkflow | undefined, projectId: string): string | null {
  return project !== undefined || newest?.projectId === projectId ? projectId : null;
}

async function newestVersion(workflows: WorkflowService, key: string): Promise<StoredWorkflow | undefined> {
  try {
    return await workflows.getWorkflow(key);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'workflow_not_found') return undefined;
    throw error;
  }
}

function keyTaken(key: string): TransferError {
  return new TransferError(
    `The workflow key ${JSON.stringify(key)} is built in or belongs to another project. Choose another key.`,
  );
}
