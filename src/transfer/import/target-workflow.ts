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
  /** Null in a dry run that would store the definition. */
  readonly stored: { readonly graphId: number; readonly version: number } | null;
  /** Whether this import has stored it, or a dry run would. */
  readonly isNew: boolean;
}

/** What is taken where no workflow is named. */
export const BUILT_IN: TargetWorkflow = {
  key: SDLC_KEY,
  graph: SDLC_GRAPH,
  stored: { graphId: SDLC_GRAPH_ID, version: 1 },
  isNew: false,
};

/** A workflow of which nothing is stored. */
export function newWorkflow({ definition }: WorkflowFile): TargetWorkflow {
  return { key: definition.key, graph: compileWorkflow(definition), stored: null, isNew: true };
}

/**
 * Stores a definition, unless it is a version already. A workflow that belongs to the project stays the project's.
 *
 * @throws TransferError when its key belongs to others, or is built in
 */
export async function storeWorkflow(
  workflows: WorkflowService,
  commands: CommandRunner,
  file: WorkflowFile,
  projectId: string,
): Promise<TargetWorkflow> {
  const owner = ownerOf(file, await newestVersion(workflows, file.definition.key), projectId);
  try {
    const { workflow, isNew } = await commands.execute(workflows.createWorkflow(file.definition, owner));
    return { key: workflow.key, graph: compileWorkflow(workflow.definition), stored: workflow, isNew };
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    throw new TransferError(cause.message, { cause });
  }
}

/**
 * What `storeWorkflow` would give, but that nothing is stored.
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

/** Whose the workflow is, or becomes; null: everybody's. */
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
    `The workflow ${JSON.stringify(key)} is built in, or belongs to others. Choose another key.`,
  );
}
