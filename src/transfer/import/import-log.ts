import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { Interrupted } from '../../terminal/interruption';
import { formatNumber } from '../../terminal/table';
import { BrokenFileError, type LogFile } from '../log/log-file';
import { TransferError } from '../transfer-error';
import { importBatches } from './batch-runner';
import type { FileFormat } from './file-format';
import { explainFailure, type ImportContext, ImportProgress, timed } from './import-context';
import { type ImportTarget, openTarget } from './import-target';
import { LogImporter } from './log-importer';
import { readLogImportOptions } from './log-options';
import type { LogRow, LogSource } from './log-row';
import type { ImportCommand } from './options';
import { Quarantine } from './quarantine';
import { type ImportReport, reportOf } from './report';
import { Staging } from './staging';
import { describeTickets, ImportStatistics } from './statistics';
import type { TargetWorkflow } from './target-workflow';
import { Throttle } from './throttle';
import { batchTickets, groupByTicket } from './ticket-rows';

/** The size of one transaction: large enough for throughput, small enough that concurrent transitions wait briefly. */
const BATCH = { tickets: 250, rows: 500 } as const;

/** Rows read between two pauses of the throttle. */
const ROWS_PER_PAUSE = 1_000;

/** The limit of characters in the rows of one ticket, which are held in memory together. */
const MAX_TICKET_CHARACTERS = 16_000_000;

/** The number of unknown states that an error names. */
const NAMED_STATES = 10;

interface LogImport {
  readonly source: LogSource;
  readonly target: ImportTarget;
  /** True when no workflow was named, so that the built-in one is used. */
  readonly isWorkflowAssumed: boolean;
}

interface LogImportResult {
  readonly statistics: ImportStatistics;
  readonly workflow: TargetWorkflow;
}

/** Imports a log: CSV or Jira search results. Reports every error in the options before it writes anything. */
export async function importLogFile(
  command: ImportCommand,
  file: LogFile,
  format: FileFormat,
  context: ImportContext,
): Promise<ImportReport> {
  const { targetOptions, isWorkflowAssumed, openSource } = await readLogImportOptions(command, file, format, context);
  const source = await openSource();
  const database = await context.openDatabase();
  const target = await openTarget(database, targetOptions);
  context.cleaning.add(() => target.close());
  const [{ statistics, workflow: used }, seconds] = await timed(context, database, () =>
    importLog({ source, target, isWorkflowAssumed }, context),
  );
  if (!context.isDry) await target.reading.confirm();
  const workflow = { key: used.key, version: used.stored?.version ?? null, is_new: used.isNew };
  const facts = {
    file: command.file,
    source: targetOptions.source,
    project: targetOptions.project,
    workflow,
    added: null,
    dry_run: command.dryRun,
    cut_off: null,
    quarantine_file: context.quarantineFile.writtenPath,
    seconds,
  };
  return reportOf(facts, statistics, statistics.counts().rows.left > 0);
}

/**
 * Imports all rows in two steps: reads and sorts them, which writes nothing; then imports ticket by ticket.
 *
 * @throws TransferError when the source is corrupt, shares no state with the workflow, or the database fails
 * @throws Interrupted when the signal aborts before anything is written
 */
async function importLog(task: LogImport, { quarantineFile, signal }: ImportContext): Promise<LogImportResult> {
  const progress = new ImportProgress();
  const statistics = new ImportStatistics();
  const throttle = new Throttle(task.target.reading);
  try {
    const staging = await stage(task, statistics, { progress, throttle, signal });
    const { workflow, writer } = await task.target.begin();
    progress.begin(() => ({
      fraction: statistics.rowsRead === 0 ? 1 : statistics.processedRows / statistics.rowsRead,
      text: describeTickets(statistics),
      done: { count: statistics.processedRows, unit: 'rows' },
    }));
    const quarantine = new Quarantine(quarantineFile, statistics, progress.print);
    const batches = batchTickets(groupByTicket(staging.sorted(), MAX_TICKET_CHARACTERS), BATCH);
    const importer = new LogImporter({ ...task.target, writer });
    await importBatches(batches, importer, { quarantine, statistics }, { throttle, signal });
    return { statistics, workflow };
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

interface StagingTools {
  readonly progress: ImportProgress;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
}

/** Reads the source to its end, stages its rows and sorts them. Writes no ticket. */
async function stage(
  { source, target, isWorkflowAssumed }: LogImport,
  statistics: ImportStatistics,
  { progress, throttle, signal }: StagingTools,
): Promise<Staging> {
  // Nothing is written yet, so a statement can be interrupted without loss.
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
    for await (const { ticket, row } of source.rows) {
      signal.throwIfAborted();
      if (statistics.rowsRead % ROWS_PER_PAUSE === 0) await throttle.pause();
      statistics.rowsRead++;
      stateCheck.add(row);
      await staging.add(ticket, row);
    }
    if (isWorkflowAssumed) rejectUnknownStates(stateCheck.unknownStates);
    text = 'sorting';
    await staging.sort();
    return staging;
  } catch (error) {
    throw explainEarlyEnd(error, statistics, signal);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** @throws TransferError for states of which none is a phase of the built-in workflow */
function rejectUnknownStates(states: readonly string[]): void {
  if (states.length === 0) return;
  const names = states.map((state) => JSON.stringify(state)).join(', ');
  throw new TransferError(
    `No state of this log is a phase of the built-in workflow "sdlc". The log has ${names}. ` +
      'Nothing was imported. Name the workflow of the log with --workflow.',
  );
}

function explainEarlyEnd(error: unknown, { rowsRead }: ImportStatistics, signal: AbortSignal): unknown {
  if (signal.reason instanceof Interrupted)
    return new Interrupted('interrupted; nothing was imported', { cause: error });
  if (signal.aborted) return signal.reason;
  if (!(error instanceof BrokenFileError)) return error;
  const rows = formatNumber(rowsRead);
  return new TransferError(`${error.message}; none of the ${rows} rows before that was imported`, { cause: error });
}

/** Checks that a log shares at least one state with a workflow, before the import rejects every row. */
export class StateCheck {
  private hasKnown = false;
  private readonly unknown = new Set<string>();

  constructor(private readonly graph: CompiledWorkflow) {}

  add(row: LogRow): void {
    if (this.hasKnown || !('columns' in row)) return;
    const state = row.columns.to_state;
    this.hasKnown = this.graph.phases.has(state);
    if (this.unknown.size < NAMED_STATES) this.unknown.add(state);
  }

  /** Some states of the log when none of its states is a phase of the workflow; empty otherwise. */
  get unknownStates(): string[] {
    return this.hasKnown ? [] : [...this.unknown];
  }
}
