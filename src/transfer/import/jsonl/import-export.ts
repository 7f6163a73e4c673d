import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../../ormconfig';
import { DEFAULT_PROJECT_KEY } from '../../../access/project.entity';
import { inTransaction } from '../../../database/transaction';
import { SDLC_KEY } from '../../../machine/sdlc';
import { formatNumber } from '../../../terminal/table';
import type { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { importBatches } from '../batch-runner';
import { explainFailure, type ImportContext, ImportProgress, timed } from '../import-context';
import type { ImportDatabase } from '../import-database';
import type { OwnedRow } from '../log-row';
import type { ImportCommand } from '../options';
import { Quarantine } from '../quarantine';
import { type ImportReport, reportOf } from '../report';
import { Session } from '../session';
import { describeTickets, ImportStatistics } from '../statistics';
import { Throttle } from '../throttle';
import { batchTickets, groupByTicket } from '../ticket-rows';
import { openExport } from './export-file';
import type { ExportPreamble } from './export-preamble';
import { type StoredPreamble, storePreamble } from './preamble-store';
import { RecordImporter, type RecordImportTools, RecordWriter } from './record-importer';
import { type RecordLine, RecordLines } from './record-lines';
import { NO_RECORDS, RecordLookup } from './stored-records';

/** The size of one transaction: large enough for throughput, small enough that concurrent transitions wait briefly. */
const BATCH = { tickets: 250, rows: 1_000, characters: 500_000 } as const;

/** The limit of characters in the lines of one ticket, which are held in memory together. */
const MAX_TICKET_CHARACTERS = 16_000_000;

/**
 * Imports an export of Phaseline. Each ticket precedes its history and events, so no sorting is needed. When the file is
 * truncated or the import interrupted, all tickets before that point are imported.
 */
export async function importExportFile(
  command: ImportCommand,
  file: LogFile,
  context: ImportContext,
): Promise<ImportReport> {
  rejectOptions(command);
  const { cleaning, quarantineFile, signal, say } = context;
  const { preamble, lines: fileLines, linesRead } = await openExport(file);
  const database = await context.openDatabase();
  const target = await openRecordTarget(database, preamble, command.dryRun, say);
  cleaning.add(() => target.close());
  const lines = new RecordLines(fileLines, linesRead);
  const importer = new RecordImporter(lines, { ...target, preamble });
  const task = { file, lines, importer, throttle: new Throttle(target.reading) };
  const [statistics, seconds] = await timed(context, database, () => importRecords(task, context));
  if (!command.dryRun) await target.reading.confirm();
  const facts = {
    file: command.file,
    source: null,
    project: null,
    workflow: null,
    added: target.added,
    dry_run: command.dryRun,
    cut_off: signal.aborted ? null : (lines.problem ?? null),
    quarantine_file: quarantineFile.writtenPath,
    seconds,
  };
  return reportOf(facts, statistics, signal.aborted);
}

/** @throws TransferError for options whose values an export already contains */
function rejectOptions({ file, project, source, workflow, saveWorkflow }: ImportCommand): void {
  const options = { '--project': project, '--source': source, '--workflow': workflow, '--save-workflow': saveWorkflow };
  const [found] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (found === undefined) return;
  throw new TransferError(`${file} is an export, which names the project and workflow of each ticket. Omit ${found}.`);
}

interface RecordImport {
  readonly file: LogFile;
  readonly lines: RecordLines;
  readonly importer: RecordImporter;
  readonly throttle: Throttle;
}

async function importRecords(
  { file, lines, importer, throttle }: RecordImport,
  { quarantineFile, signal }: ImportContext,
): Promise<ImportStatistics> {
  const progress = new ImportProgress();
  const statistics = new ImportStatistics();
  const quarantine = new Quarantine(quarantineFile, statistics, progress.print);
  progress.begin(() => ({
    fraction: file.fractionRead(),
    text: `${formatNumber(statistics.rowsRead)} lines: ${describeTickets(statistics)}`,
    done: { count: statistics.processedRows, unit: 'lines' },
  }));
  try {
    const batches = batchTickets(groupByTicket(countLines(lines, statistics), MAX_TICKET_CHARACTERS), BATCH);
    await importBatches(batches, importer, { statistics, quarantine }, { throttle, signal });
    return statistics;
  } catch (error) {
    throw explainFailure(error);
  } finally {
    progress.stop();
  }
}

async function* countLines(lines: RecordLines, statistics: ImportStatistics): AsyncGenerator<OwnedRow<RecordLine>> {
  for await (const line of lines.read()) {
    statistics.rowsRead++;
    yield line;
  }
}

/** The database that receives the tickets of an export. */
interface RecordTarget extends Pick<RecordImportTools, 'stored' | 'writer'> {
  readonly added: StoredPreamble;
  readonly reading: Session;
  close(): Promise<void>;
}

const NO_WRITER: RecordImportTools['writer'] = { write: () => Promise.resolve() };

/**
 * Opens the database and stores the projects and workflows of an export.
 *
 * @param isDry true to write nothing
 * @throws TransferError when the database has different projects or workflows of the same names
 */
async function openRecordTarget(
  { url, isEmpty }: ImportDatabase,
  preamble: ExportPreamble,
  isDry: boolean,
  print: (message: string) => void,
): Promise<RecordTarget> {
  const reading = await Session.open(url);
  const sessions = [reading];
  const close = async (): Promise<void> => void (await Promise.all(sessions.map((session) => session.close())));
  try {
    if (isEmpty) return { added: countNew(preamble), reading, stored: NO_RECORDS, writer: NO_WRITER, close };
    const added = await storeIn(url, preamble, isDry, print);
    const stored = new RecordLookup(reading);
    if (isDry) return { added, reading, stored, writer: NO_WRITER, close };
    const writing = await Session.open(url);
    sessions.push(writing);
    return { added, reading, stored, writer: new RecordWriter(writing), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Counts what an import would add to a new database, which has the default project and the built-in workflow. */
function countNew({ lines: { projects, workflows, graphs } }: ExportPreamble): StoredPreamble {
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
