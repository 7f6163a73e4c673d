import { constants, setPriority } from 'node:os';
import { readDataSettings } from '../../config/data-settings';
import { Cleaning, EXIT_INTERRUPTED } from '../../terminal/cleaning';
import { listenForInterruption } from '../../terminal/interruption';
import { LogFile } from '../log/log-file';
import { withoutEndings } from './file-name';
import { openForDryRun, openForImport, type ImportDatabase } from './import-database';
import { runImport } from './import-run';
import { openTarget, type Wanted } from './import-target';
import { EXIT_FAILED, readCommandLine, type CommandLine } from './options';
import { QuarantineFile } from './quarantine-file';
import { reportOf, type ImportReport } from './report';
import { formatReport } from './report-text';
import type { TargetWorkflow } from './target-workflow';
import { readWishes } from './wishes';

const EXIT_QUARANTINED = 1;

const interruption = listenForInterruption();
const { signal } = interruption;

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv);
  const cleaning = new Cleaning();
  try {
    const report = await importFile(command, cleaning);
    process.stdout.write(command.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}`);
    return conclude(report);
  } finally {
    await cleaning.run();
  }
}

/** Everything that can be wrong with what was asked for is found before anything is written. */
async function importFile(command: CommandLine, cleaning: Cleaning): Promise<ImportReport> {
  const file = await LogFile.open(command.file);
  cleaning.add(() => file.close());
  const { wanted, isWorkflowAssumed, openSource } = await readWishes(command, file, signal, say);
  const quarantineFile = await QuarantineFile.prepare(placeOfQuarantine(command));
  const source = await openSource();
  cleaning.add(() => quarantineFile.close());
  const database = await open(command);
  cleaning.add(() => database.close());
  const target = await openTarget(database, wanted);
  cleaning.add(() => target.close());
  say(`${command.dryRun ? 'Dry run on' : 'Importing into'} ${database.place}`);
  // Whoever works at the same time comes first. Not before the database is there: one that is started is no less than others.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const started = performance.now();
  const { tally, workflow } = await runImport({ source, target, quarantineFile, isWorkflowAssumed, signal });
  const seconds = (performance.now() - started) / 1_000;
  const quarantine_file = quarantineFile.isWritten ? quarantineFile.path : null;
  if (quarantineFile.isOld && quarantine_file === null) say(`${quarantineFile.path} is of an earlier import.`);
  return reportOf({ ...factsOf(command, wanted, workflow), quarantine_file, seconds }, tally);
}

/** A dry run writes nothing that nobody has asked for. */
function placeOfQuarantine({ file, quarantine, dryRun }: CommandLine): string | null {
  return quarantine ?? (dryRun ? null : `${withoutEndings(file)}.quarantine.jsonl`);
}

function open(command: CommandLine): Promise<ImportDatabase> {
  const openIt = command.dryRun ? openForDryRun : openForImport;
  return openIt(readDataSettings(command), say, (error) => interruption.abort(error));
}

function factsOf({ file, project, dryRun }: CommandLine, { source }: Wanted, { key, stored, isNew }: TargetWorkflow) {
  const version = stored?.version ?? null;
  return { file, source, project, workflow: { key, version, is_new: isNew }, dry_run: dryRun };
}

/** Says what was left out, if anything was. */
function conclude({ complete, dry_run, rows, quarantine_file }: ImportReport): number {
  if (quarantine_file !== null) say(`The rows in quarantine are in ${quarantine_file}.`);
  if (!complete) {
    say(dry_run ? 'Interrupted.' : 'Interrupted. The same command goes on from here.');
    return EXIT_INTERRUPTED;
  }
  return rows.quarantined > 0 ? EXIT_QUARANTINED : 0;
}

/** Standard output is for the report alone. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(process.argv).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isInterruption = signal.aborted && !(signal.reason instanceof Error);
    process.exitCode = isInterruption ? EXIT_INTERRUPTED : EXIT_FAILED;
    // What the database or the settings refuse explains itself; a fault of ours needs its place.
    const isFault = error instanceof TypeError || error instanceof RangeError;
    say(`import: ${isFault ? error.stack : error.message}`);
  },
);
