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

/** The import failed. */
export const EXIT_FAILED = 2;

/** Parses the command line. Prints the help or an error and ends the process when there is nothing to run. */
export function readImportCommand(argv: readonly string[]): ImportCommand {
  const command = new Command('import')
    .description('Imports tickets with their history into the database of the application.')
    .argument('<FILE>', 'a CSV log, Jira search results or an export of Phaseline; plain or gzip')
    .option(
      '--workflow <WORKFLOW.json>',
      'the workflow of the tickets (default: the built-in one; for Jira, inferred from the file)',
    )
    .option('--project <key>', `the project of the tickets (default: "${DEFAULT_PROJECT_KEY}")`)
    .option(
      '--source <name>',
      'the namespace of the ticket ids (default: the name of FILE without extensions)',
      parseSource,
    )
    .option('--save-workflow <FILE>', 'save the workflow inferred from Jira search results to FILE')
    .option(
      '--dry-run',
      'validate everything; write nothing to the database and only to files named by an option',
      false,
    )
    .option('--quarantine <FILE>', 'the file for rejected rows (default: <name of FILE>.quarantine.jsonl)')
    .option('--json', 'print the report as JSON', false)
    .option('--database-url <url>', 'the PostgreSQL to write to (default: DATABASE_URL)')
    .addOption(
      new Option('--data-dir <dir>', 'the data directory to write to (default: DATA_DIR)').conflicts('databaseUrl'),
    )
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_FAILED))
    .parse(argv);
  const [file = ''] = command.args;
  return { file, ...command.opts<Omit<ImportCommand, 'file'>>() };
}

function parseSource(text: string): string {
  const length = Array.from(text).length;
  if (text.trim() === '' || length > 255) throw new InvalidArgumentError('expected a text of 1 to 255 characters');
  return text;
}

/** The part of `npm run import -- --help` after the options. */
const HELP = `
The format of FILE is detected from the first bytes. All formats are UTF-8, plain or gzip.

CSV has the header
  ticket_id,seq,from_state,to_state,at,actor,title
The row with seq 1 creates the ticket in to_state, which may be any phase of the workflow; its from_state is empty. Later
rows are transitions with seq 2, 3, 4 … The rows of a ticket may be anywhere in the file. Rows that repeat the previous state
have a seq, too; they are skipped. The title is the last one that is not empty, or else the ticket id. Times are RFC 3339,
such as 2026-01-31T12:00:00Z, from 1970 to one day in the future, and stored to the millisecond. The actor of a row without
one is "system".

Jira search results are JSON, {"issues": […]} with expand=changelog: one page, a list of pages, or concatenated pages. The
changes of an issue's status become transitions, its key becomes the ticket id, and its summary becomes the title. Priorities
with the names of Phaseline or Jira are kept; others become MEDIUM. An issue with an incomplete changelog is rejected
("changelog_incomplete"). Rows are numbered in the order in which they are read.

An export, as npm run export writes it, contains the projects and workflows of its tickets. It is imported without
--workflow, --project and --source. Tickets keep their ids and all other values: exporting an import into an empty database
produces the same file. The complete tickets of a truncated export are imported.

WORKFLOW.json is a definition as accepted by POST /api/v1/workflows. It is stored unless an identical version exists. Without
--workflow, the states of a CSV must be phases of the built-in workflow "sdlc"; a file without any of these is rejected as a
whole. For Jira, the workflow is inferred from the file: its statuses, the statuses of new issues, and the changes between
statuses. To Do, In Progress and Done become the categories todo, active and done; no status becomes a waiting phase. The
workflow is printed and stored.

A ticket with an invalid row, a gap in its history, a time out of order or a transition that the workflow does not allow is
rejected as a whole. Each of its rows goes to the quarantine file, one JSON object per line:
{line, code, reason, ticket_id, row {…} or raw}. The file is created when the first row is rejected. A truncated or corrupt
log, such as an incomplete gzip, is not imported at all.

Tickets are identified by --source and ticket id. A second import of the same file therefore adds nothing, an interrupted
import continues, and a longer file adds its new rows. Tickets that differ from what is stored are rejected ("differs").

The import may run beside the application. It sorts the rows of a log in a temporary table, which takes about twice the size
of the uncompressed file while the import runs. It needs a direct connection to PostgreSQL, not a pooler that shares
connections between transactions.

With --json, stdout is one object:
  file, source, project, workflow {key, version, is_new}, added {projects, workflows, graphs}, dry_run, complete,
  cut_off (why the file is incomplete, or null), rows {read, written, already_there, repeating, quarantined, left},
  tickets {created, continued, unchanged, quarantined}, moves_written, titles_changed, titles_kept, times_shortened,
  quarantined_by_code {code: rows}, quarantine_file (or null), seconds, rows_per_second
For an export, source, project and workflow are null; for other files, added is null.

Exit code: 0 when everything is imported; 1 when rows were rejected or an export is truncated; 2 when the import failed; 130
after Ctrl-C, which lets the import finish the tickets that it is writing. Run the same command again to continue.

Examples:
  npm run --silent import -- examples/sample-log.csv --workflow examples/sample-log-workflow.json --dry-run
  npm run --silent import -- examples/jira-search.json --dry-run
  npm run --silent import -- phaseline.jsonl.gz`;
