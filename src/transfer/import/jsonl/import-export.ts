import { formatNumber } from '../../../terminal/table';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { Throttle } from '../throttle';
import { describeTickets, explainFailure } from '../import-log';
import type { ImportCommand } from '../options';
import { Quarantine } from '../quarantine';
import { type ImportReport, reportOf } from '../report';
import type { OwnedRow } from '../log-row';
import { type ImportOutput, BatchRunner } from '../batch-runner';
import { Session } from '../session';
import { ImportProgress, type ImportContext, timed } from '../import-context';
import { ImportStatistics } from '../statistics';
import { batchTickets, groupByTicket } from '../ticket-rows';
import { openExport } from './export-file';
import { RecordImporter, type RecordImportTools, RecordWriter } from './record-importer';
import { type RecordLine, RecordLines } from './record-lines';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../../ormconfig';
import { inTransaction } from '../../../database/transaction';
import { SDLC_KEY } from '../../../machine/sdlc';
import { DEFAULT_PROJECT_KEY } from '../../../access/project.entity';
import type { ImportDatabase } from '../import-database';
import type { ExportPreamble } from './export-frame';
import { type StoredPreamble, storePreamble } from './frame-store';
import { NO_RECORDS, RecordLookup } from './stored-records';

/** What one transaction takes: enough to be quick, and so little that nobody who moves one of its tickets waits for long. */
const BATCH = { tickets: 250, rows: 1_000, characters: 500_000 } as const;

/** Characters that the lines of one ticket may have together, since they are held in memory. */
const ROOM = 16_000_000;

/**
 * Imports an export of our own. Its tickets come one after the other, each with all of its past, so nothing has to be sorted
 * first: where the file breaks off, or the import is interrupted, what came before is there.
 */
export async function importExportFile(
  command: ImportCommand,
  file: LogFile,
  context: ImportContext,
): Promise<ImportReport> {
  refuseOptions(command);
  const { cleaning, quarantineFile, signal, say } = context;
  const source = await openExport(file);
  const database = await context.openDatabase();
  const target = await openRecordTarget(database, source.preamble, command.dryRun, say);
  cleaning.add(() => target.close());
  const lines = new RecordLines(source.lines, source.linesRead);
  const importer = new RecordImporter(lines, { ...target, preamble: source.preamble });
  const settling = { file, lines, importer, reading: target.reading };
  const [statistics, seconds] = await timed(context, database, () => run(settling, context));
  const facts = { file: command.file, source: null, project: null, workflow: null, added: target.added };
  const cut_off = signal.aborted ? null : (lines.problem ?? null);
  const quarantine_file = quarantineFile.writtenPath;
  return reportOf({ ...facts, dry_run: command.dryRun, cut_off, quarantine_file, seconds }, statistics, signal.aborted);
}

/** @throws TransferError for options that say what an export says itself */
function refuseOptions({ file, project, source, workflow, saveWorkflow }: ImportCommand): void {
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
  readonly lines: RecordLines;
  readonly importer: RecordImporter;
  readonly reading: Session;
}

async function run(settling: Settling, { quarantineFile, signal }: ImportContext): Promise<ImportStatistics> {
  const progress = new ImportProgress();
  const statistics = new ImportStatistics();
  const books = { statistics, quarantine: new Quarantine(quarantineFile, statistics, progress.print) };
  progress.begin(() => ({
    fraction: settling.file.fractionRead(),
    text: `${formatNumber(statistics.rowsRead)} lines: ${describeTickets(statistics)}`,
    done: { count: statistics.processedRows, unit: 'lines' },
  }));
  try {
    await settle(settling, books, signal);
    return statistics;
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

async function settle({ lines, importer, reading }: Settling, books: ImportOutput, signal: AbortSignal): Promise<void> {
  const runner = new BatchRunner(importer, books);
  const throttle = new Throttle(reading);
  for await (const batch of batchTickets(groupByTicket(countedLines(lines, books.statistics), ROOM), BATCH)) {
    if (signal.aborted) break;
    await runner.settle(batch);
    if (throttle.isDue) await runner.finish();
    await throttle.rest();
  }
  await runner.finish();
}

async function* countedLines(lines: RecordLines, statistics: ImportStatistics): AsyncGenerator<OwnedRow<RecordLine>> {
  for await (const line of lines.read()) {
    statistics.rowsRead++;
    yield line;
  }
}

/** Where the tickets of an export go, and what is known of those that are there. */
export interface RecordTarget extends Pick<RecordImportTools, 'stored' | 'writer'> {
  readonly added: StoredPreamble;
  readonly reading: Session;
  close(): Promise<void>;
}

const NO_WRITER: RecordImportTools['writer'] = { write: () => Promise.resolve() };

/**
 * Opens the database for the tickets of an export, with all that they name.
 *
 * @param isDry then nothing is written, only looked at
 * @throws TransferError where the database has something else under the names that the export has
 */
export async function openRecordTarget(
  { url, isEmpty }: ImportDatabase,
  preamble: ExportPreamble,
  isDry: boolean,
  print: (message: string) => void,
): Promise<RecordTarget> {
  const sessions = [await Session.open(url)];
  const close = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.close())));
  try {
    const reading = sessions[0]!;
    if (isEmpty) return { added: newPreamble(preamble), reading, stored: NO_RECORDS, writer: NO_WRITER, close };
    const added = await storeIn(url, preamble, isDry, print);
    const stored = new RecordLookup(reading);
    if (isDry) return { added, reading, stored, writer: NO_WRITER, close };
    sessions.push(await Session.open(url));
    return { added, reading, stored, writer: new RecordWriter(sessions[1]!), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a database would get that has what every database has from its birth. */
function newPreamble({ lines: { projects, workflows, graphs } }: ExportPreamble): StoredPreamble {
  return {
    projects: projects.filter(({ key }) => key !== DEFAULT_PROJECT_KEY).length,
    workflows: workflows.filter(({ key }) => key !== SDLC_KEY).length,
    graphs: graphs.filter(({ workflow, version }) => workflow !== SDLC_KEY || version !== 1).length,
  };
}

async function storeIn(
  url: string,
  preamble: ExportPreamble,
  isDry: boolean,
  print: (message: string) => void,
): Promise<StoredPreamble> {
  const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
  try {
    if (!isDry) return await inTransaction(dataSource, (manager) => storePreamble(manager, preamble, print));
    const queryRunner = dataSource.createQueryRunner();
    await queryRunner.startTransaction('READ COMMITTED');
    try {
      return await storePreamble(queryRunner.manager, preamble, print);
    } finally {
      await queryRunner.rollbackTransaction();
      await queryRunner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
