import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_PROJECT_KEY } from '../../projects/project.entity';

export interface CommandLine {
  readonly file: string;
  readonly workflow: string | undefined;
  readonly project: string;
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

const HELP = `
FILE is CSV, plain or gzip, in UTF-8, with the header
  ticket_id,seq,from_state,to_state,at,actor,title
Row seq 1 of a ticket is its creation in to_state, which may be any phase of the workflow; from_state is empty there. Later
rows are moves, with seq 2, 3, 4 … The rows of a ticket may be anywhere in the file. Rows that repeat a state have a seq,
too, and are skipped. The last title that is not empty wins; a ticket without one is called by its id. Times are RFC 3339,
such as 2026-01-31T12:00:00Z, not before 1970, at most a day in the future, and kept to the millisecond. A row without an
actor is the system's.

WORKFLOW.json is a definition as POST /api/v1/workflows takes it. It is stored, unless it is a version already. Without
one, states are the phases of the built-in workflow "sdlc"; a file that has none of them is refused as a whole.

A ticket that breaks the chain, the workflow, the types or the order of time is not imported at all: each of its rows goes
to the quarantine file, one JSON object a line: {line, code, reason, ticket_id, row {…} or raw}. There is no such file
before there is something to write. A file that breaks off, such as a torn gzip, is not imported at all.

Tickets are known by --source and their id. So a second run of the same file adds nothing, one that was interrupted goes
on, and a file that has grown adds what is new. Rows that differ from what is stored go to quarantine ("differs").

It may run beside the application. The rows are sorted in a temporary table of the database, which takes about twice the
space of the unpacked file for as long as the import runs. It needs a connection of its own to PostgreSQL, not one through
a pooler that shares connections between transactions.

With --json, stdout is one object:
  file, source, project, workflow {key, version, is_new}, dry_run, complete,
  rows {read, written, already_there, repeating, quarantined, left},
  tickets {created, continued, unchanged, quarantined}, moves_written, titles_changed, titles_kept, times_shortened,
  quarantined_by_code {code: rows}, quarantine_file (null: there is none), seconds, rows_per_second

Exit code: 0 when all is imported, 1 when something went to quarantine, 2 when the import could not be made, 130 after
Ctrl-C, which ends it after the tickets that are being written; the same command goes on from there.

Example:
  npm run --silent import -- examples/sample-log.csv --workflow examples/sample-log-workflow.json --dry-run`;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const command = new Command('import')
    .description('Brings the past of tickets into the database that the application uses.')
    .argument('<FILE>', 'the log: CSV, plain or gzip')
    .option('--workflow <WORKFLOW.json>', 'the workflow of the tickets (default: the built-in one)')
    .option('--project <key>', 'whose the tickets are', DEFAULT_PROJECT_KEY)
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
  return { file: command.args[0]!, ...command.opts<Omit<CommandLine, 'file'>>() };
}

function parseSource(text: string): string {
  const length = Array.from(text).length;
  if (text.trim() === '' || length > 255) throw new InvalidArgumentError('expected a text of 1 to 255 characters');
  return text;
}
