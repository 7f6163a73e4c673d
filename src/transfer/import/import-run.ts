import { isUnavailable, sqlStateOf } from '../../database/database-errors';
import { Interrupted } from '../../terminal/interruption';
import { formatNumber } from '../../terminal/table';
import { BrokenFileError } from '../log/log-file';
import { TransferError } from '../transfer-error';
import { Courtesy } from './courtesy';
import { settleTickets, stageRows } from './import-log';
import type { ImportTarget } from './import-target';
import type { LogSource } from './log-source';
import { Quarantine } from './quarantine';
import type { QuarantineFile } from './quarantine-file';
import { Staging } from './staging';
import { StateCensus } from './state-census';
import { StepProgress } from './step-progress';
import { Tally } from './tally';
import type { TargetWorkflow } from './target-workflow';

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
export interface ImportOutcome {
  readonly tally: Tally;
  readonly workflow: TargetWorkflow;
}

/**
 * Brings all rows in, in two steps: first they are read and sorted, which writes nothing; then every ticket is settled.
 *
 * @throws TransferError when the source breaks off, has nothing to do with the workflow, or the database fails later
 * @throws Interrupted when the signal is given before anything is written
 */
export async function runImport(task: ImportTask): Promise<ImportOutcome> {
  const progress = new StepProgress();
  const tally = new Tally();
  try {
    const staging = await read(task, tally, progress);
    const { workflow, writer } = await task.target.begin();
    progress.begin(() => ({
      fraction: tally.rowsRead === 0 ? 1 : tally.settledRows / tally.rowsRead,
      text: describeTickets(tally),
      done: { count: tally.settledRows, unit: 'rows' },
    }));
    const quarantine = new Quarantine(task.quarantineFile, tally, progress.tell);
    const courtesy = new Courtesy(task.target.reading);
    await settleTickets(staging, { ...task.target, writer, quarantine, tally }, courtesy, task.signal);
    return { tally, workflow };
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

async function read(task: ImportTask, tally: Tally, progress: StepProgress): Promise<Staging> {
  const { source, target, signal } = task;
  // Nothing is written yet, so nothing is lost when this ends in the middle of a statement.
  const interrupt = (): void => void target.reading.close();
  signal.addEventListener('abort', interrupt);
  try {
    const staging = await Staging.open(target.reading);
    const census = new StateCensus(target.graph);
    let text = 'reading';
    progress.begin(() => ({
      fraction: source.fractionRead(),
      text: `${text}: ${formatNumber(tally.rowsRead)} rows`,
      done: { count: tally.rowsRead, unit: 'rows' },
    }));
    await stageRows(source, { staging, census, tally, signal, courtesy: new Courtesy(target.reading) });
    if (task.isWorkflowAssumed) refuseStrangers(census.strangers);
    text = 'sorting';
    await staging.sort();
    return staging;
  } catch (error) {
    throw explainEarlyEnd(error, tally, signal);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** @throws TransferError where the log has states, and none of them is a phase of the built-in workflow */
function refuseStrangers(states: readonly string[]): void {
  if (states.length === 0) return;
  const names = states.map((state) => JSON.stringify(state)).join(', ');
  throw new TransferError(
    `No state of this log is a phase of the built-in workflow "sdlc": it has ${names}. ` +
      'Name the workflow that it was kept by with --workflow. Nothing was imported.',
  );
}

function explainEarlyEnd(error: unknown, { rowsRead }: Tally, signal: AbortSignal): unknown {
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
export function describeTickets({ ticketCounts }: Tally): string {
  const { created, continued, unchanged, quarantined } = ticketCounts;
  const counts = [`${formatNumber(created)} tickets created`];
  if (continued > 0) counts.push(`${formatNumber(continued)} continued`);
  if (unchanged > 0) counts.push(`${formatNumber(unchanged)} unchanged`);
  if (quarantined > 0) counts.push(`${formatNumber(quarantined)} in quarantine`);
  return counts.join(', ');
}
