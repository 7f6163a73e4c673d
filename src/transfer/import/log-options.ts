import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';
import type { LogFile } from '../log/log-file';
import { TransferError } from '../transfer-error';
import { openCsv } from './csv-source';
import { type FileFormat, withoutEndings } from './file-format';
import type { TargetOptions } from './import-target';
import { deriveWorkflow, saveWorkflow } from './jira/derived-workflow';
import { jiraSource } from './jira/jira-source';
import type { LogSource } from './log-row';
import type { ImportCommand } from './options';
import type { ImportContext } from './import-context';
import { readWorkflowFile, type WorkflowFile } from './workflow-file';

/** The options of a log import, with the contents of the named files. */
export interface LogImportOptions {
  readonly targetOptions: TargetOptions;
  /** True when no workflow is named, so that the built-in one is used. */
  readonly isWorkflowAssumed: boolean;
  openSource(): Promise<LogSource>;
}

type Say = ImportContext['say'];

/**
 * Reads the options and the files they name.
 *
 * @throws TransferError when a file cannot be read or options contradict each other
 */
export async function readLogImportOptions(
  command: ImportCommand,
  file: LogFile,
  format: FileFormat,
  { signal, say }: Pick<ImportContext, 'signal' | 'say'>,
): Promise<LogImportOptions> {
  const { project = DEFAULT_PROJECT_KEY, dryRun } = command;
  const source = command.source ?? withoutEndings(command.file);
  if (source === '')
    throw new TransferError(`The file name ${command.file} does not yield a source. Name one with --source.`);
  const isJira = format === 'jira';
  if (command.saveWorkflow !== undefined && (!isJira || command.workflow !== undefined)) {
    throw new TransferError('--save-workflow requires Jira search results and no --workflow');
  }
  if (isJira && command.workflow === undefined && !file.isRegular) {
    throw new TransferError(
      `${file.path} can be read only once. Name the workflow with --workflow, or save the results to a file first.`,
    );
  }
  const workflow = await readWorkflow(command, isJira, source, signal, say);
  return {
    targetOptions: { project, source, workflow, dryRun },
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
  say(`No --workflow was named. Inferred the workflow "${key}" with ${size} from the issues of ${file}:`);
  say(JSON.stringify(derived.definition));
  printWarnings('Inferred workflow', derived, say);
  if (path !== undefined) await saveWorkflow(path, derived);
  return derived;
}

async function readNamedWorkflow(path: string, project: string, say: Say): Promise<WorkflowFile> {
  const file = await readWorkflowFile(path);
  printWarnings(path, file, say);
  if (file.project === undefined || file.project === project) return file;
  const [owner, target] = [file.project, project].map((key) => JSON.stringify(key));
  throw new TransferError(
    `The workflow in ${path} belongs to the project ${owner}; the tickets belong to ${target}. Choose another workflow or --project.`,
  );
}

function printWarnings(name: string, { warnings: [first, ...more] }: WorkflowFile, say: Say): void {
  if (first === undefined) return;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  say(`${name}: ${first.code} at ${first.pointer}: ${first.message}${others}`);
}
