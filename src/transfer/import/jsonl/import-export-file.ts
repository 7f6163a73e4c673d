import { formatNumber } from '../../../terminal/table';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { Courtesy } from '../courtesy';
import { describeTickets, explainFailure } from '../import-run';
import type { CommandLine } from '../options';
import { Quarantine } from '../quarantine';
import { reportOf, type ImportReport } from '../report';
import type { OwnedRow } from '../row';
import { Settlement, type Books } from '../settlement';
import type { Session } from '../session';
import { StepProgress } from '../step-progress';
import { timed, type Surroundings } from '../surroundings';
import { Tally } from '../tally';
import { batchTickets, groupByTicket } from '../ticket-rows';
import { openExport } from './export-file';
import { PastDealing } from './past-dealing';
import { PastLines, type PastLine } from './past-lines';
import { openPastTarget } from './past-target';

/** What one transaction takes: enough to be quick, and so little that nobody who moves one of its tickets waits for long. */
const BATCH = { tickets: 250, rows: 1_000, characters: 500_000 } as const;

/** Characters that the lines of one ticket may have together, since they are held in memory. */
const ROOM = 16_000_000;

/**
 * Imports an export of our own. Its tickets come one after the other, each with all of its past, so nothing has to be sorted
 * first: where the file breaks off, or the import is interrupted, what came before is there.
 */
export async function importExportFile(
  command: CommandLine,
  file: LogFile,
  around: Surroundings,
): Promise<ImportReport> {
  refuseOptions(command);
  const { cleaning, quarantineFile, signal, say } = around;
  const source = await openExport(file);
  const database = await around.openDatabase();
  const target = await openPastTarget(database, source.frame, command.dryRun, say);
  cleaning.add(() => target.close());
  const lines = new PastLines(source.lines, source.linesRead);
  const dealing = new PastDealing(lines, { ...target, frame: source.frame });
  const settling = { file, lines, dealing, reading: target.reading };
  const [tally, seconds] = await timed(around, database, () => run(settling, around));
  const facts = { file: command.file, source: null, project: null, workflow: null, added: target.added };
  const cut_off = signal.aborted ? null : (lines.problem ?? null);
  const quarantine_file = quarantineFile.writtenPath;
  return reportOf({ ...facts, dry_run: command.dryRun, cut_off, quarantine_file, seconds }, tally, signal.aborted);
}

/** @throws TransferError for options that say what an export says itself */
function refuseOptions({ file, project, source, workflow, saveWorkflow }: CommandLine): void {
  const options = { '--project': project, '--source': source, '--workflow': workflow, '--save-workflow': saveWorkflow };
  const [found] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (found === undefined) return;
  throw new TransferError(
    `${file} is an export, which says itself whose its tickets are, and by which workflow they go: leave ${found} out`,
  );
}

/** What settling the tickets of an export takes. */
interface Settling {
  readonly file: LogFile;
  readonly lines: PastLines;
  readonly dealing: PastDealing;
  readonly reading: Session;
}

async function run(settling: Settling, { quarantineFile, signal }: Surroundings): Promise<Tally> {
  const progress = new StepProgress();
  const tally = new Tally();
  const books = { tally, quarantine: new Quarantine(quarantineFile, tally, progress.tell) };
  progress.begin(() => ({
    fraction: settling.file.fractionRead(),
    text: `${formatNumber(tally.rowsRead)} lines: ${describeTickets(tally)}`,
    done: { count: tally.settledRows, unit: 'lines' },
  }));
  try {
    await settle(settling, books, signal);
    return tally;
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

async function settle({ lines, dealing, reading }: Settling, books: Books, signal: AbortSignal): Promise<void> {
  const settlement = new Settlement(dealing, books);
  const courtesy = new Courtesy(reading);
  for await (const batch of batchTickets(groupByTicket(countedLines(lines, books.tally), ROOM), BATCH)) {
    if (signal.aborted) break;
    await settlement.settle(batch);
    if (courtesy.isDue) await settlement.finish();
    await courtesy.rest();
  }
  await settlement.finish();
}

async function* countedLines(lines: PastLines, tally: Tally): AsyncGenerator<OwnedRow<PastLine>> {
  for await (const line of lines.read()) {
    tally.rowsRead++;
    yield line;
  }
}
