import { readDataSettings } from '../../config/config';
import { Cleaning, EXIT_INTERRUPTED, listenForInterruption } from '../../terminal/interruption';
import { runProgram, say } from '../../terminal/run-program';
import { LogFile } from '../log/log-file';
import { readKind, withoutEndings } from './file-format';
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
    process.stdout.write(command.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatImportReport(report)}`);
    return conclude(report);
  } finally {
    await cleaning.run();
  }
}

async function importFile(command: ImportCommand, cleaning: Cleaning): Promise<ImportReport> {
  const file = await LogFile.open(command.file);
  cleaning.add(() => file.close());
  const kind = await readKind(file);
  const quarantineFile = await QuarantineFile.prepare(quarantinePathOf(command));
  cleaning.add(() => quarantineFile.close());
  const openDatabase = async (): Promise<ImportDatabase> => {
    const database = await open(command);
    cleaning.add(() => database.close());
    return database;
  };
  const context: ImportContext = { quarantineFile, cleaning, signal, isDry: command.dryRun, openDatabase, say };
  const report = await (kind === 'export'
    ? importExportFile(command, file, context)
    : importLogFile(command, file, kind, context));
  if (quarantineFile.isOld && report.quarantine_file === null) say(`${quarantineFile.path} is of an earlier import.`);
  return report;
}

/** A dry run writes nothing that nobody has asked for. */
function quarantinePathOf({ file, quarantine, dryRun }: ImportCommand): string | null {
  return quarantine ?? (dryRun ? null : `${withoutEndings(file)}.quarantine.jsonl`);
}

function open(command: ImportCommand): Promise<ImportDatabase> {
  const openIt = command.dryRun ? openForDryRun : openForImport;
  return openIt(readDataSettings(command), say, (error) => interruption.abort(error));
}

/** Says what was left out, if anything was. */
function conclude({ complete, cut_off, dry_run, rows, quarantine_file }: ImportReport): number {
  if (quarantine_file !== null) say(`The rows in quarantine are in ${quarantine_file}.`);
  if (cut_off !== null) {
    say(`The file is not whole: ${cut_off}. What is whole of it ${dry_run ? 'would be' : 'is'} imported.`);
    return EXIT_INCOMPLETE;
  }
  if (!complete) {
    say(dry_run ? 'Interrupted.' : 'Interrupted. The same command goes on from here.');
    return EXIT_INTERRUPTED;
  }
  return rows.quarantined > 0 ? EXIT_INCOMPLETE : 0;
}

void runProgram('import', main, { failed: EXIT_FAILED });
