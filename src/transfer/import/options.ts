import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';

export interface ImportCommand {
  readonly file: string;
  readonly workflow: string | undefined;
  readonly project: string | undefined;
  readonly source: string | undefined;
  readonly saveWorkflow: string | undefined;
  readonly dryRun: boolean;
  readonly quarantine: string | undefined;
  readonly json: boolean;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/** The import could not be made. */
export const EXIT_FAILED = 2;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readImportCommand(argv: readonly string[]): ImportCommand {
  const command = new Command('import')
    .description('Brings the past of tickets into the database that the application uses.')
    .argument('<FILE>', 'a log as CSV, search results of Jira, or an export of Phaseline; plain or gzip')
    .option(
      '--workflow <WORKFLOW.json>',
      'the workflow of the tickets (default: the built-in one; for Jira, told from the file)',
    )
    .option('--project <key>', `whose the tickets are (default: "${DEFAULT_PROJECT_KEY}")`)
    .option(
      '--source <name>',
      'what their ids are known under (default: the name of FILE without endings)',
      parseSource,
    )
    .option('--save-workflow <FILE>', 'where the workflow goes that is told from search results of Jira')
    .option('--dry-run', 'judge everything, write nothing to the database, nor to a file that is not named', false)
    .option('--quarantine <FILE>', 'where rows go that are not imported (default: <name of FILE>.quarantine.jsonl)')
    .option('--json', 'print the report as JSON', false)
    .option('--database-url <url>', 'the PostgreSQL to write to (default: DATABASE_URL)')
    .addOption(
      new Option('--data-dir <dir>', 'the data directory to write to (default: DATA_DIR)').conflicts('databaseUrl'),
    )
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_FAILED))
    .parse(argv);
  return { file: command.args[0]!, ...command.opts<Omit<ImportCommand, 'file'>>() };
}

function parseSource(text: string): string {
  const length = Array.from(text).length;
  if (text.trim() === '' || length > 255) throw new InvalidArgumentError('expected a text of 1 to 255 characters');
  return text;
}

/** What `npm run import -- --help` says besides the options. */
export const HELP = `
What FILE is, is told by how it begins. All of them are UTF-8, plain or gzip.

CSV has the header
  ticket_id,seq,from_state,to_state,at,actor,title
Row seq 1 of a ticket is its creation in to_state, which may be any phase of the workflow; from_state is empty there. Later
rows are moves, with seq 2, 3, 4 … The rows of a ticket may be anywhere in the file. Rows that repeat a state have a seq,
too, and are skipped. The last title that is not empty wins; a ticket without one is called by its id. Times are RFC 3339,
such as 2026-01-31T12:00:00Z, not before 1970, at most a day in the future, and kept to the millisecond. A row without an
actor is the system's.

Search results of Jira are JSON, {"issues": […]} with expand=changelog: one page, a list of pages, or pages one after the
other. The changes of an issue's status become moves; its key is the ticket's id, its summary the title. Priorities that are
called as ours, or as Jira calls its own, are taken over; others are MEDIUM. An issue whose changelog is not whole
("changelog_incomplete") is not imported. Rows are numbered as they are read, since JSON has no lines to speak of.

An export of Phaseline, as npm run export writes it, has all that its tickets name, and says itself whose they are: it goes
without --workflow, --project and --source. Tickets keep their ids and everything else; in an empty database, an export of it
is the same file again. One that breaks off is imported as far as its tickets are whole.

WORKFLOW.json is a definition as POST /api/v1/workflows takes it. It is stored, unless it is a version already. Without
one, the states of CSV are the phases of the built-in workflow "sdlc"; a file that has none of them is refused as a whole.
For Jira, a workflow is told from the file: the statuses that were seen, where issues began, and the changes that they made.
To Do, In Progress and Done are todo, active and done; no status is taken for a pause. It is printed, and stored.

A ticket that breaks the chain, the workflow, the types or the order of time is not imported at all: each of its rows goes
to the quarantine file, one JSON object a line: {line, code, reason, ticket_id, row {…} or raw}. There is no such file
before there is something to write. A log that breaks off, such as a torn gzip, is not imported at all.

Tickets are known by --source and their id. So a second run of the same file adds nothing, one that was interrupted goes
on, and a file that has grown adds what is new. Rows that differ from what is stored go to quarantine ("differs").

It may run beside the application. The rows of a log are sorted in a temporary table of the database, which takes about twice
the space of the unpacked file for as long as the import runs. It needs a connection of its own to PostgreSQL, not one
through a pooler that shares connections between transactions.

With --json, stdout is one object:
  file, source, project, workflow {key, version, is_new}, added {projects, workflows, graphs}, dry_run, complete,
  cut_off (why the file is not whole; null: it is), rows {read, written, already_there, repeating, quarantined, left},
  tickets {created, continued, unchanged, quarantined}, moves_written, titles_changed, titles_kept, times_shortened,
  quarantined_by_code {code: rows}, quarantine_file (null: there is none), seconds, rows_per_second
Of an export, source, project and workflow are null; of other files, added is.

Exit code: 0 when all is imported, 1 when something went to quarantine or an export breaks off, 2 when the import could not
be made, 130 after Ctrl-C, which ends it after the tickets that are being written; the same command goes on from there.

Examples:
  npm run --silent import -- examples/sample-log.csv --workflow examples/sample-log-workflow.json --dry-run
  npm run --silent import -- examples/jira-search.json --dry-run
  npm run --silent import -- phaseline.jsonl.gz`;
