import type { LogFile } from '../log/log-file';
import type { FileKind } from './file-kind';
import { runImport } from './import-run';
import { openTarget } from './import-target';
import type { CommandLine } from './options';
import { reportOf, type ImportReport } from './report';
import { timed, type Surroundings } from './surroundings';
import { readWishes } from './wishes';

/**
 * Imports a log: CSV, or search results of Jira. Everything that can be wrong with what was asked for is found before
 * anything is written.
 */
export async function importLogFile(
  command: CommandLine,
  file: LogFile,
  kind: FileKind,
  around: Surroundings,
): Promise<ImportReport> {
  const { wanted, isWorkflowAssumed, openSource } = await readWishes(command, file, kind, around);
  const source = await openSource();
  const database = await around.openDatabase();
  const target = await openTarget(database, wanted);
  around.cleaning.add(() => target.close());
  const { quarantineFile, signal } = around;
  const [{ tally, workflow: used }, seconds] = await timed(around, database, () =>
    runImport({ source, target, quarantineFile, isWorkflowAssumed, signal }),
  );
  const { key, stored, isNew } = used;
  const workflow = { key, version: stored?.version ?? null, is_new: isNew };
  const facts = { file: command.file, source: wanted.source, project: wanted.project, workflow, added: null };
  const isInterrupted = tally.counts().rows.left > 0;
  const quarantine_file = quarantineFile.writtenPath;
  return reportOf({ ...facts, dry_run: command.dryRun, cut_off: null, quarantine_file, seconds }, tally, isInterrupted);
}
