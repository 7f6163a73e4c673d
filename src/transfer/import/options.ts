import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_PROJECT_KEY } from '../../access/project.entity';
import { HELP } from './help-text';

export interface CommandLine {
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
export function readCommandLine(argv: readonly string[]): CommandLine {
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
  return { file: command.args[0]!, ...command.opts<Omit<CommandLine, 'file'>>() };
}

function parseSource(text: string): string {
  const length = Array.from(text).length;
  if (text.trim() === '' || length > 255) throw new InvalidArgumentError('expected a text of 1 to 255 characters');
  return text;
}
