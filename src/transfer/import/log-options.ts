import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';
import type { LogFile } from '../log/log-file';
import { TransferError } from '../transfer-error';
import { openCsv } from './csv-source';
import { type FileKind, withoutEndings } from './file-format';
import type { TargetOptions } from './import-target';
import { deriveWorkflow, saveWorkflow } from './jira/derived-workflow';
import { jiraSource } from './jira/jira-source';
import type { LogSource } from './log-row';
import type { ImportCommand } from './options';
import type { ImportContext } from './import-context';
import { readWorkflowFile, type WorkflowFile } from './workflow-file';

/** What a command line asks for, with what its files say. */
export interface LogImportOptions {
  readonly wanted: TargetOptions;
  /** Whether the built-in workflow is taken since none was named. */
  readonly isWorkflowAssumed: boolean;
  openSource(): Promise<LogSource>;
}

type Say = ImportContext['say'];

/** @throws TransferError where a file cannot be read, or does not go with the rest */
export async function readLogImportOptions(
  command: ImportCommand,
  file: LogFile,
  kind: FileKind,
  { signal, say }: Pick<ImportContext, 'signal' | 'say'>,
): Promise<LogImportOptions> {
  const { project = DEFAULT_PROJECT_KEY, dryRun } = command;
  const source = command.source ?? withoutEndings(command.file);
  if (source === '') throw new TransferError(`The name of ${command.file} tells no source: name it with --source`);
  const isJira = kind === 'jira';
  if (command.saveWorkflow !== undefined && (!isJira || command.workflow !== undefined)) {
    throw new TransferError(
      '--save-workflow saves what is told from search results of Jira, where no --workflow is named',
    );
  }
  if (isJira && command.workflow === undefined && !file.isRegular) {
    throw new TransferError(`${file.path} can be read only once: name the workflow with --workflow, or save it first`);
  }
  const workflow = await readWorkflow(command, isJira, source, signal, say);
  return {
    wanted: { project, source, workflow, dryRun },
    isWorkflowAssumed: workflow === null,
    openSource: () => (isJira ? Promise.resolve(jiraSource(file)) : openCsv(file)),
  };
}

async function readWorkflow(
  { file, workflow, project = DEFAULT_PROJECT_KEY, saveWorkflow: path }: ImportCommand,
  isJira: boolean,
  source: string,
  signal: AbortSignal,
  say: Say,
): Promise<WorkflowFile | null> {
  if (workflow !== undefined) return readNamedWorkflow(workflow, project, say);
  if (!isJira) return null;
  const derived = await deriveWorkflow(file, source, signal);
  const { key, phases, transitions } = derived.definition;
  const size = `${phases.length} phases and ${transitions.length} transitions`;
  say(`No --workflow was named. From the issues of ${file} this one is told, "${key}", with ${size}:`);
  say(JSON.stringify(derived.definition));
  printWarnings('The workflow', derived, say);
  if (path !== undefined) await saveWorkflow(path, derived);
  return derived;
}

async function readNamedWorkflow(path: string, project: string, say: Say): Promise<WorkflowFile> {
  const file = await readWorkflowFile(path);
  printWarnings(path, file, say);
  if (file.project === undefined || file.project === project) return file;
  const [owner, wanted] = [file.project, project].map((key) => JSON.stringify(key));
  throw new TransferError(`${path} is a workflow of the project ${owner}; the tickets are to be those of ${wanted}`);
}

function printWarnings(name: string, { warnings: [first, ...more] }: WorkflowFile, say: Say): void {
  if (first === undefined) return;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  say(`${name}: ${first.code} at ${first.pointer}: ${first.message}${others}`);
}
