import { BrokenFileError, type LogFile } from '../log/log-file';
import type { FileKind } from './file-format';
import { type ImportTarget, openTarget } from './import-target';
import type { ImportCommand } from './options';
import { type ImportReport, reportOf } from './report';
import { ImportProgress, type ImportContext, timed } from './import-context';
import { readLogImportOptions } from './log-options';
import { isUnavailable, sqlStateOf } from '../../database/database-errors';
import { Interrupted } from '../../terminal/interruption';
import { formatNumber } from '../../terminal/table';
import { TransferError } from '../transfer-error';
import { Throttle } from './throttle';
import type { LogRow, LogSource } from './log-row';
import { Quarantine, type QuarantineFile } from './quarantine';
import { Staging } from './staging';
import { ImportStatistics } from './statistics';
import type { TargetWorkflow } from './target-workflow';
import { LogImporter, type LogImportTools } from './log-importer';
import { type ImportOutput, BatchRunner } from './batch-runner';
import { batchTickets, groupByTicket } from './ticket-rows';
import type { CompiledWorkflow } from '../../machine/compiled-workflow';

/**
 * Imports a log: CSV, or search results of Jira. Everything that can be wrong with what was asked for is found before
 * anything is written.
 */
export async function importLogFile(
  command: ImportCommand,
  file: LogFile,
  kind: FileKind,
  context: ImportContext,
): Promise<ImportReport> {
  const { wanted, isWorkflowAssumed, openSource } = await readLogImportOptions(command, file, kind, context);
  const source = await openSource();
  const database = await context.openDatabase();
  const target = await openTarget(database, wanted);
  context.cleaning.add(() => target.close());
  const { quarantineFile, signal } = context;
  const [{ statistics, workflow: used }, seconds] = await timed(context, database, () =>
    runImport({ source, target, quarantineFile, isWorkflowAssumed, signal }),
  );
  const { key, stored, isNew } = used;
  const workflow = { key, version: stored?.version ?? null, is_new: isNew };
  const facts = { file: command.file, source: wanted.source, project: wanted.project, workflow, added: null };
  const isInterrupted = statistics.counts().rows.left > 0;
  const quarantine_file = quarantineFile.writtenPath;
  return reportOf(
    { ...facts, dry_run: command.dryRun, cut_off: null, quarantine_file, seconds },
    statistics,
    isInterrupted,
  );
}

/** What is brought where. */
export interface ImportTask {
  readonly source: LogSource;
  readonly target: ImportTarget;
  readonly quarantineFile: QuarantineFile;
  /** Whether the built-in workflow was taken since none was named. */
  readonly isWorkflowAssumed: boolean;
  readonly signal: AbortSignal;
}

/** What an import has done, under which workflow. */
export interface ImportResult {
  readonly statistics: ImportStatistics;
  readonly workflow: TargetWorkflow;
}

/**
 * Brings all rows in, in two steps: first they are read and sorted, which writes nothing; then every ticket is settled.
 *
 * @throws TransferError when the source breaks off, has nothing to do with the workflow, or the database fails later
 * @throws Interrupted when the signal is given before anything is written
 */
export async function runImport(task: ImportTask): Promise<ImportResult> {
  const progress = new ImportProgress();
  const statistics = new ImportStatistics();
  try {
    const staging = await read(task, statistics, progress);
    const { workflow, writer } = await task.target.begin();
    progress.begin(() => ({
      fraction: statistics.rowsRead === 0 ? 1 : statistics.processedRows / statistics.rowsRead,
      text: describeTickets(statistics),
      done: { count: statistics.processedRows, unit: 'rows' },
    }));
    const quarantine = new Quarantine(task.quarantineFile, statistics, progress.print);
    const throttle = new Throttle(task.target.reading);
    await importTickets(staging, { ...task.target, writer, quarantine, statistics }, throttle, task.signal);
    return { statistics, workflow };
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

async function read(task: ImportTask, statistics: ImportStatistics, progress: ImportProgress): Promise<Staging> {
  const { source, target, signal } = task;
  // Nothing is written yet, so nothing is lost when this ends in the middle of a statement.
  const interrupt = (): void => void target.reading.close();
  signal.addEventListener('abort', interrupt);
  try {
    const staging = await Staging.open(target.reading);
    const stateCheck = new StateCheck(target.graph);
    let text = 'reading';
    progress.begin(() => ({
      fraction: source.fractionRead(),
      text: `${text}: ${formatNumber(statistics.rowsRead)} rows`,
      done: { count: statistics.rowsRead, unit: 'rows' },
    }));
    await stageRows(source, { staging, stateCheck, statistics, signal, throttle: new Throttle(target.reading) });
    if (task.isWorkflowAssumed) rejectUnknownStates(stateCheck.unknownStates);
    text = 'sorting';
    await staging.sort();
    return staging;
  } catch (error) {
    throw explainEarlyEnd(error, statistics, signal);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** @throws TransferError where the log has states, and none of them is a phase of the built-in workflow */
function rejectUnknownStates(states: readonly string[]): void {
  if (states.length === 0) return;
  const names = states.map((state) => JSON.stringify(state)).join(', ');
  throw new TransferError(
    `No state of this log is a phase of the built-in workflow "sdlc": it has ${names}. ` +
      'Name the workflow that it was kept by with --workflow. Nothing was imported.',
  );
}

function explainEarlyEnd(error: unknown, { rowsRead }: ImportStatistics, signal: AbortSignal): unknown {
  if (signal.reason instanceof Interrupted)
    return new Interrupted('interrupted; nothing was imported', { cause: error });
  if (signal.aborted) return signal.reason;
  if (!(error instanceof BrokenFileError)) return error;
  const rows = formatNumber(rowsRead);
  return new TransferError(`${error.message}; nothing was imported of the ${rows} rows before that`, { cause: error });
}

/** What the database says where it has ended the import. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof TransferError || (sqlStateOf(error) === undefined && !isUnavailable(error))) return error;
  const message = `the database has ended the import: ${(error as Error).message}`;
  const advice = 'What was written until then stays; the same command goes on from there.';
  return new TransferError(`${message}\n${advice}`, { cause: error });
}

/** What has become of tickets so far, for people. */
export function describeTickets({ ticketCounts }: ImportStatistics): string {
  const { created, continued, unchanged, quarantined } = ticketCounts;
  const counts = [`${formatNumber(created)} tickets created`];
  if (continued > 0) counts.push(`${formatNumber(continued)} continued`);
  if (unchanged > 0) counts.push(`${formatNumber(unchanged)} unchanged`);
  if (quarantined > 0) counts.push(`${formatNumber(quarantined)} in quarantine`);
  return counts.join(', ');
}

/**
 * What one transaction takes: enough to be quick, and so little that whoever moves one of its tickets at the same time
 * does not wait for long.
 */
const BATCH = { tickets: 250, rows: 500 } as const;

/** Rows that are read between two rests. */
const PORTION = 1_000;

/** Characters that the rows of one ticket may have together, since they are held in memory. */
const ROOM = 16_000_000;

/** What reading a source takes. */
export interface StagingTools {
  readonly statistics: ImportStatistics;
  readonly staging: Staging;
  readonly stateCheck: StateCheck;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
}

/**
 * Reads a source to its end, and stages its rows. Nothing is imported yet.
 *
 * @throws BrokenFileError, and when the signal is given, its reason
 */
export async function stageRows(source: LogSource, tools: StagingTools): Promise<void> {
  const { staging, stateCheck, statistics, throttle, signal } = tools;
  for await (const { ticket, row } of source.rows) {
    signal.throwIfAborted();
    if (statistics.rowsRead % PORTION === 0) await throttle.rest();
    statistics.rowsRead++;
    stateCheck.see(row);
    await staging.add(ticket, row);
  }
}

/** Settles every ticket that was staged; after the signal is given, only those that are under way. */
export async function importTickets(
  staging: Staging,
  tools: LogImportTools & ImportOutput,
  throttle: Throttle,
  signal: AbortSignal,
): Promise<void> {
  const runner = new BatchRunner(new LogImporter(tools), tools);
  for await (const batch of batchTickets(groupByTicket(staging.sorted(), ROOM), BATCH)) {
    if (signal.aborted) break;
    await runner.settle(batch);
    if (throttle.isDue) await runner.finish();
    await throttle.rest();
  }
  await runner.finish();
}

const KEPT = 10;

/** Looks whether a log and a workflow have anything to do with each other, before all of its rows are refused one by one. */
export class StateCheck {
  private hasKnown = false;
  private readonly unknown = new Set<string>();

  constructor(private readonly graph: CompiledWorkflow) {}

  see(row: LogRow): void {
    if (this.hasKnown || !('columns' in row)) return;
    const state = row.columns.to_state;
    this.hasKnown = this.graph.phases.has(state);
    if (this.unknown.size < KEPT) this.unknown.add(state);
  }

  /** Some states of the log, where none at all is a phase of the workflow. */
  get unknownStates(): string[] {
    return this.hasKnown ? [] : [...this.unknown];
  }
}
