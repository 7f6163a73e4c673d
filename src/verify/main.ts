import { Command, InvalidArgumentError, Option } from 'commander';
import { readDataSettings } from '../config/config';
import { openExistingDatabase } from '../database/open-database';
import { listenForInterruption } from '../terminal/interruption';
import { startProgress, type ProgressState } from '../terminal/progress';
import { runProgram, say, writeResult } from '../terminal/run-program';
import { formatNumber } from '../terminal/table';
import { formatVerifyReport, type VerifyProgress, type VerifyReport } from './report';
import { verifyDatabase } from './verify-database';

interface VerifyArguments {
  readonly json: boolean;
  readonly show: number;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

const EXIT_FOUND = 1;
const EXIT_FAILED = 2;

const HELP = `
Without options, verify audits the database that the server would use: DATABASE_URL or DATA_DIR, from the environment or
.env. A running embedded server is used and left running; a stopped one is started, and stopped afterwards.

verify writes nothing and can run beside live traffic: it reads one snapshot in a read-only transaction. A role with read
access to all tables is sufficient. Prefer DATABASE_URL for passwords: other users can see a URL on the command line.

--json prints one object:
  sound, tickets, moves, events, findings_total, findings_by_code {code: n}, findings [{code, ticket_id, detail}] (the
  first 100,000), findings_left_out, notes {unsettled_moves, graphs_without_rules}, round_trips, seconds

Exit code: 0 no findings, 1 findings, 2 the audit failed, 130 interrupted (Ctrl-C).

Example:
  npm run --silent verify -- --json | jq .findings_by_code`;

/** Parses the arguments. Prints the help or an error and ends the process where commander would. */
function parseArguments(argv: readonly string[]): VerifyArguments {
  return new Command('verify')
    .description('Audits every ticket of a database against its history, its events and its workflow.')
    .option('--json', 'print the report as JSON', false)
    .option('--show <n>', 'number of findings to list', parseCount, 20)
    .option('--database-url <url>', 'the PostgreSQL database to audit')
    .addOption(new Option('--data-dir <dir>', 'the data directory to audit').conflicts('databaseUrl'))
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_FAILED))
    .parse(argv)
    .opts<VerifyArguments>();
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseArguments(argv);
  const interruption = listenForInterruption();
  const database = await openExistingDatabase(readDataSettings(options), say, (error) => interruption.abort(error));
  try {
    say(`Auditing ${database.place}`);
    const report = await verify(database.url, interruption.signal);
    const text = options.json ? `${JSON.stringify(report, null, 2)}\n` : formatVerifyReport(report, options.show);
    writeResult(text);
    return report.sound ? 0 : EXIT_FOUND;
  } finally {
    await database.close();
  }
}

function verify(url: string, signal: AbortSignal): Promise<VerifyReport> {
  let state: VerifyProgress = { tickets: 0, ofTickets: 0, moves: 0, events: 0, findings: 0 };
  const progress = startProgress(process.stderr, () => describe(state));
  const onProgress = (latest: VerifyProgress): void => {
    state = latest;
  };
  return verifyDatabase(url, { onProgress, signal }).finally(progress.stop);
}

function describe({ tickets, ofTickets, moves, events, findings }: VerifyProgress): ProgressState {
  const seen = `${formatNumber(tickets)} tickets, ${formatNumber(moves)} moves, ${formatNumber(events)} events`;
  return { fraction: ofTickets === 0 ? 0 : tickets / ofTickets, text: `${seen}, ${formatNumber(findings)} findings` };
}

void runProgram('verify', main, { failed: EXIT_FAILED });
