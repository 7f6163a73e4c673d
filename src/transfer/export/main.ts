import { readDataSettings } from '../../config/config';
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

interface ExportCommand {
  readonly filters: ExportFilters;
  /** Undefined for standard output. */
  readonly output: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string | undefined;
}

/** The export is incomplete. */
const EXIT_FAILED = 2;

const HELP = `
Without options, the export reads the database that the application uses: DATABASE_URL or DATA_DIR from the environment or
from .env. A running embedded server is used as it is; otherwise one is started, and stopped afterwards.

The output is JSON lines in a fixed order: the same data always produce the same bytes. docs/export-format.md describes
the lines. API keys and their events, and stored responses of idempotency keys are not exported.

The export reads one snapshot in a read-only transaction and blocks no other client. A role that may read all tables is
sufficient. Other users of the machine can see a URL on the command line; use DATABASE_URL to keep it private.

Standard output contains only the export; npm itself prints two lines there unless you pass --silent to it. With --output,
the file is replaced only when the export is complete.

Exit code: 0 when the export is complete, which its last line confirms; 2 when it failed; 130 after Ctrl-C.

Examples:
  npm run --silent export | gzip > phaseline.jsonl.gz
  npm run export -- --project website --since 2026-11-01T00:00:00Z --output website.jsonl`;

/** Parses the command line. Prints the help or an error and ends the process when there is nothing to run. */
function readExportCommand(argv: readonly string[]): ExportCommand {
  const { project, workflow, since, ...rest } = new Command('export')
    .description('Exports workflows and tickets with their history and events as JSON lines.')
    .option('--project <key>', 'only tickets of this project')
    .option('--workflow <key>', 'only tickets of this workflow')
    .option('--since <time>', 'only tickets changed since, with their whole history', parseTime)
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
    text: `${formatNumber(tickets)} tickets, ${formatNumber(moves)} transitions, ${formatNumber(events)} events`,
    done: { count: tickets, unit: 'tickets' },
  };
}

function summaryOf({ counts, orphans }: ExportProgress, { output }: ExportCommand): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${formatNumber(count)} ${kind}`);
  const summary = `Exported ${parts.join(', ')}${output === undefined ? '' : ` to ${output}`}.`;
  if (orphans === 0) return summary;
  return `${summary}\nLeft out: ${formatNumber(orphans)} events of missing tickets. Run npm run verify to list them.`;
}

void runProgram('export', main, { failed: EXIT_FAILED });
