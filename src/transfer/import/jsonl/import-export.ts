import { formatNumber } from '../../../terminal/table';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { Courtesy } from '../throttle';
import { describeTickets, explainFailure } from '../import-log';
import type { CommandLine } from '../options';
import { Quarantine } from '../quarantine';
import { type ImportReport, reportOf } from '../report';
import type { OwnedRow } from '../log-row';
import { type Books, Settlement } from '../batch-runner';
import { Session } from '../session';
import { StepProgress, type Surroundings, timed } from '../import-context';
import { Tally } from '../statistics';
import { batchTickets, groupByTicket } from '../ticket-rows';
import { openExport } from './export-file';
import { PastDealing, type PastTools, PastWriter } from './record-importer';
import { type PastLine, PastLines } from './record-lines';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../../ormconfig';
import { inTransaction } from '../../../database/transaction';
import { SDLC_KEY } from '../../../machine/sdlc';
import { DEFAULT_PROJECT_KEY } from '../../../access/project.entity';
import type { ImportDatabase } from '../import-database';
import type { ExportFrame } from './export-frame';
import { type StoredFrame, storeFrame } from './frame-store';
import { NO_PASTS, PastsOfDatabase } from './stored-records';

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

/** Where the tickets of an export go, and what is known of those that are there. */
export interface PastTarget extends Pick<PastTools, 'stored' | 'writer'> {
  readonly added: StoredFrame;
  readonly reading: Session;
  close(): Promise<void>;
}

const NO_WRITER: PastTools['writer'] = { write: () => Promise.resolve() };

/**
 * Opens the database for the tickets of an export, with all that they name.
 *
 * @param isDry then nothing is written, only looked at
 * @throws TransferError where the database has something else under the names that the export has
 */
export async function openPastTarget(
  { url, isEmpty }: ImportDatabase,
  frame: ExportFrame,
  isDry: boolean,
  tell: (message: string) => void,
): Promise<PastTarget> {
  const sessions = [await Session.open(url)];
  const close = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.close())));
  try {
    const reading = sessions[0]!;
    if (isEmpty) return { added: newFrame(frame), reading, stored: NO_PASTS, writer: NO_WRITER, close };
    const added = await storeIn(url, frame, isDry, tell);
    const stored = new PastsOfDatabase(reading);
    if (isDry) return { added, reading, stored, writer: NO_WRITER, close };
    sessions.push(await Session.open(url));
    return { added, reading, stored, writer: new PastWriter(sessions[1]!), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a database would get that has what every database has from its birth. */
function newFrame({ lines: { projects, workflows, graphs } }: ExportFrame): StoredFrame {
  return {
    projects: projects.filter(({ key }) => key !== DEFAULT_PROJECT_KEY).length,
    workflows: workflows.filter(({ key }) => key !== SDLC_KEY).length,
    graphs: graphs.filter(({ workflow, version }) => workflow !== SDLC_KEY || version !== 1).length,
  };
}

async function storeIn(
  url: string,
  frame: ExportFrame,
  isDry: boolean,
  tell: (message: string) => void,
): Promise<StoredFrame> {
  const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
  try {
    if (!isDry) return await inTransaction(dataSource, (manager) => storeFrame(manager, frame, tell));
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction('READ COMMITTED');
    try {
      return await storeFrame(queryRunner.manager, frame, tell);
    } finally {
      await queryRunner.rollbackTransaction();
      await queryRunner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
