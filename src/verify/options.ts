import { Command, InvalidArgumentError, Option } from 'commander';

export interface CommandLine {
  readonly json: boolean;
  readonly show: number;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/** The audit could not be made. */
export const EXIT_FAILED = 2;

const HELP = `
Without an option it looks at what the application would use: DATABASE_URL or DATA_DIR of the environment or of .env.
An embedded server that runs is used as it is; one that does not is started, and stopped afterwards.

It writes nothing, and may run beside live traffic: all of it is one read-only transaction. A role that may read all
tables is enough. A URL on the command line can be seen by other users of the machine; in DATABASE_URL it cannot.

With --json, stdout is one object:
  sound, tickets, moves, events, findings_total, findings_by_code {code: n}, findings [{code, ticket_id, detail}] (the
  first 100,000), findings_left_out, notes {unsettled_moves, graphs_without_rules}, round_trips, seconds

Exit code: 0 when nothing was found, 1 when something was, 2 when the audit could not be made, 130 after Ctrl-C.

Example:
  npm run --silent verify -- --json | jq .findings_by_code`;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  return new Command('verify')
    .description('Holds every ticket of a database against its history, its events and the state machine.')
    .option('--json', 'print the report as JSON', false)
    .option('--show <n>', 'findings that are told one by one', parseCount, 20)
    .option('--database-url <url>', 'the PostgreSQL to look at')
    .addOption(new Option('--data-dir <dir>', 'the data directory to look at').conflicts('databaseUrl'))
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_FAILED))
    .parse(argv)
    .opts<CommandLine>();
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}
