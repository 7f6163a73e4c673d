import { readDataSettings } from '../../config/data-settings';
import { openExistingDatabase } from '../../database/open-database';
import { listenForInterruption } from '../../terminal/interruption';
import { startProgress, type ProgressState } from '../../terminal/progress';
import { runProgram, say } from '../../terminal/run-program';
import { formatNumber } from '../../terminal/table';
import { exportDatabase, ExportProgress } from './export-database';
import { EXIT_FAILED, readCommandLine, type CommandLine } from './options';
import { writeToFile, writeToStream } from './output';

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv);
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
  { filters, output }: CommandLine,
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

function summaryOf({ counts, orphans }: ExportProgress, { output }: CommandLine): string {
  const parts = Object.entries(counts).map(([kind, count]) => `${formatNumber(count)} ${kind}`);
  const summary = `Exported ${parts.join(', ')}${output === undefined ? '' : ` to ${output}`}.`;
  if (orphans === 0) return summary;
  return `${summary}\nLeft out: ${formatNumber(orphans)} events of tickets that do not exist; npm run verify names them.`;
}

void runProgram('export', main, { failed: EXIT_FAILED });
