import { readDataSettings } from '../../config/config';
import { Cleaning, EXIT_INTERRUPTED, listenForInterruption } from '../../terminal/interruption';
import { runProgram, say, writeResult } from '../../terminal/run-program';
import { LogFile } from '../log/log-file';
import { detectFormat, withoutEndings } from './file-format';
import { type ImportDatabase, openForDryRun, openForImport } from './import-database';
import { importLogFile } from './import-log';
import { importExportFile } from './jsonl/import-export';
import { type ImportCommand, EXIT_FAILED, readImportCommand } from './options';
import { QuarantineFile } from './quarantine';
import { formatImportReport, type ImportReport } from './report';
import type { ImportContext } from './import-context';

const EXIT_INCOMPLETE = 1;

const interruption = listenForInterruption();
const { signal } = interruption;

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readImportCommand(argv);
  const cleaning = new Cleaning();
  try {
    const report = await importFile(command, cleaning);
    writeResult(command.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatImportReport(report)}`);
    return conclude(report);
  } finally {
    await cleaning.run();
  }
}

async function importFile(command: ImportCommand, cleaning: Cleaning): Promise<ImportReport> {
  const file = await LogFile.open(command.file);
  cleaning.add(() => file.close());
  const format = await detectFormat(file);
  const quarantineFile = await QuarantineFile.prepare(quarantinePathOf(command));
  cleaning.add(() => quarantineFile.close());
  const openDatabase = async (): Promise<ImportDatabase> => {
    const database = await open(command);
    cleaning.add(() => database.close());
    return database;
  };
  const context: ImportContext = { quarantineFile, cleaning, signal, isDry: command.dryRun, openDatabase, say };
  const report = await (format === 'export'
    ? importExportFile(command, file, context)
    : importLogFile(command, file, format, context));
  if (quarantineFile.isOld && report.quarantine_file === null)
    say(`${quarantineFile.path} was written by an earlier import.`);
  return report;
}

/** Returns the path of the quarantine file; null for a dry run without --quarantine, which writes no file. */
function quarantinePathOf({ file, quarantine, dryRun }: ImportCommand): string | null {
  return quarantine ?? (dryRun ? null : `${withoutEndings(file)}.quarantine.jsonl`);
}

function open(command: ImportCommand): Promise<ImportDatabase> {
  const openIt = command.dryRun ? openForDryRun : openForImport;
  return openIt(readDataSettings(command), say, (error) => interruption.abort(error));
}

/** Prints what was not imported. @returns the exit code */
function conclude({ complete, cut_off, dry_run, rows, quarantine_file }: ImportReport): number {
  if (quarantine_file !== null) say(`Quarantined rows are in ${quarantine_file}.`);
  if (cut_off !== null) {
    say(`The file is incomplete: ${cut_off}. Its complete tickets ${dry_run ? 'would be' : 'were'} imported.`);
    return EXIT_INCOMPLETE;
  }
  if (!complete) {
    say(dry_run ? 'Interrupted.' : 'Interrupted. Run the same command again to continue.');
    return EXIT_INTERRUPTED;
  }
  return rows.quarantined > 0 ? EXIT_INCOMPLETE : 0;
}

void runProgram('import', main, { failed: EXIT_FAILED });
