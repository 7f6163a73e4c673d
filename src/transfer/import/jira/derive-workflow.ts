import { writeFile } from 'node:fs/promises';
import { Interrupted } from '../../../terminal/interruption';
import { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { checkWorkflow, type WorkflowFile } from '../workflow-file';
import { DerivedWorkflow, workflowKeyOf } from './derived-workflow';
import { readIssues } from './issue-stream';
import { isBroken, readIssue } from './jira-issue';

/**
 * Reads search results of Jira for the workflow that their issues have gone by.
 *
 * @param source what the workflow is called after
 * @throws TransferError when the file cannot be read to its end, or has no issue that tells all of its past
 */
export async function deriveWorkflow(path: string, source: string, signal: AbortSignal): Promise<WorkflowFile> {
  const derived = new DerivedWorkflow();
  const file = await LogFile.open(path);
  try {
    for await (const found of readIssues(file)) {
      if (signal.aborted) throw new Interrupted('interrupted; nothing was imported');
      const issue = readIssue(found);
      if (!isBroken(issue)) derived.see(issue);
    }
  } finally {
    await file.close();
  }
  if (derived.isEmpty) {
    const advice = 'Ask Jira for it with expand=changelog, or name the workflow with --workflow.';
    throw new TransferError(`No issue of ${path} tells all of its past, so no workflow can be told from it. ${advice}`);
  }
  const title = Array.from(`Workflow of ${source}`).slice(0, MAX_TITLE).join('');
  return checkWorkflow(derived.definition(workflowKeyOf(source), title), `The workflow of ${path}`);
}

const MAX_TITLE = 200;

/** @throws TransferError when there is a file already, or it cannot be written */
export async function saveWorkflow(path: string, { definition }: WorkflowFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`, { flag: 'wx' }).catch((cause: Error) => {
    throw new TransferError(`cannot save the workflow as ${path}: ${cause.message}`, { cause });
  });
}
