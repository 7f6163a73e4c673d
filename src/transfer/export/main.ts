import { readDataSettings } from '../../config/data-settings';
import { openExistingDatabase } from '../../database/open-database';
import { listenForInterruption } from '../../terminal/interruption';
import { type ProgressState, startProgress } from '../../terminal/progress';
import { runProgram, say } from '../../terminal/run-program';
import { formatNumber } from '../../terminal/table';
import { exportDatabase, ExportProgress } from './export-database';
import { writeToFile, writeToStream } from './output';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readTime } from '../log/log-time';
import type { ExportFilters } from './export-format';

export interface ExportCommand {
  readonly filters: ExportFilters;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/** The export is not whole. */
export const EXIT_FAILED = 2;

const HELP = `
Without an option it takes out all that the application would use: DATABASE_URL or DATA_DIR of the environment or of .env.
An embedded server that runs is used as it is; one that does not is started, and stopped afterwards.

It is JSON lines, in an order of their own: the same data always give the same bytes. docs/export-format.md tells what
is in them. API keys, which are secrets, are not, and neither are answers kept for an Idempotency-Key.

All of it is of one moment: one read-only transaction, for which nobody waits. A role that may read all tables is enough.
A URL on the command line can be seen by other users of the machine; in DATABASE_URL it cannot.

Standard output has the export and nothing else; npm itself prints two lines there unless it is told to be --silent.
With --output the file is there once it is whole, and until then what was there before.

Exit code: 0 when the export is whole, which its last line says, too; 2 when it is not, 130 after Ctrl-C.

Examples:
  npm run --silent export | gzip > phaseline.jsonl.gz
  npm run export -- --project website --since 2026-11-01T00:00:00Z --output website.jsonl`;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readExportCommand(argv: readonly string[]): ExportCommand {
  const { project, workflow, since, ...rest } = new Command('export')
    .description('Takes out workflows, tickets, their histories and their events, as JSON lines.')
    .option('--project <key>', 'only tickets of this project')
    .option('--workflow <key>', 'only tickets that go by this workflow')
    .option('--since <time>', 'only tickets that have changed since, with all of their past', parseTime)
    .option('--output <file>', 'write a file instead of standard output')
    .option('--database-url <url>', 'the PostgreSQL to read')
    .addOption(new Option('--data-dir <dir>', 'the data directory to read').conflicts('databaseUrl'))
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_FAILED))
    .parse(argv)
    .opts<Partial<Record<'project' | 'workflow' | 'since', string>> & Omit<ExportCommand, 'filters'>>();
  return { filters: { project: project ?? null, workflow: workflow ?? null, since: since ?? null }, ...rest };
}

function parseTime(text: string): string {
  const time = readTime(text);
  if (time === undefined) throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z');
  return new Date(time.at).toISOString();
}

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readExportCommand(argv);
  const interruption = listenForInterruption();
  const database = await openExistingDatabase(readDataSettings(command), say, (error) => interruption.abort(error));
  try {
    say(`Reading ${database.place}`);
    const progress = new ExportProgress();
    await write(database.url, command, progress, interruption.signal);
    say(summaryOf(progress, command));
    return 0;
  } finally {
    await database.close();
  }
}

async function write(
  url: string,
  { filters, output }: ExportCommand,
  progress: ExportProgress,
  signal: AbortSignal,
): Promise<void> {
  const bar = startProgress(process.stderr, () => describe(progress));
  const texts = exportDatabase(url, { filters, signal, progress });
  const writing = output === undefined ? writeToStream(texts, process.stdout) : writeToFile(texts, output);
  await writing.finally(bar.stop);
}

function describe({ counts, ofTickets }: ExportProgress): ProgressState {
  const { tickets, moves, events } = counts;
  return {
    fraction: ofTickets === 0 ? 0 : tickets / ofTickets,
    text: `${formatNumber(tickets)} tickets, ${formatNumber(moves)} moves, ${formatNumber(events)} events`,
    done: { count: tickets, unit: 'tickets' },
  };
}

function summaryOf({ counts, orphans }: ExportProgress, { output }: ExportCommand): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${formatNumber(count)} ${kind}`);
  const summary = `Exported ${parts.join(', ')}${output === undefined ? '' : ` to ${output}`}.`;
  if (orphans === 0) return summary;
  return `${summary}\nLeft out: ${formatNumber(orphans)} events of tickets that do not exist; npm run verify names them.`;
}

void runProgram('export', main, { failed: EXIT_FAILED });
