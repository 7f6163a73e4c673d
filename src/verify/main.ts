import { readDataSettings } from '../config/data-settings';
import { openExistingDatabase } from '../database/open-database';
import { EXIT_INTERRUPTED } from '../terminal/cleaning';
import { listenForInterruption } from '../terminal/interruption';
import { startProgress, type ProgressState } from '../terminal/progress';
import { formatNumber } from '../terminal/table';
import { EXIT_FAILED, readCommandLine } from './options';
import type { VerifyProgress, VerifyReport } from './report';
import { formatReport } from './report-text';
import { verifyDatabase } from './verify-database';
import { VerifyError } from './verify-error';

const EXIT_FOUND = 1;

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv);
  const interruption = listenForInterruption();
  const database = await openExistingDatabase(readDataSettings(command), say, (error) => interruption.abort(error));
  try {
    say(`Looking at ${database.place}`);
    const report = await verify(database.url, interruption.signal);
    process.stdout.write(command.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, command.show));
    return report.sound ? 0 : EXIT_FOUND;
  } catch (error) {
    throw interruption.signal.reason instanceof Error ? interruption.signal.reason : error;
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

/** Standard output is for the report alone. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main(process.argv).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isInterruption = error instanceof VerifyError && error.message === 'interrupted';
    process.exitCode = isInterruption ? EXIT_INTERRUPTED : EXIT_FAILED;
    // What the database or the settings refuse explains itself; a fault of ours needs its place.
    const isFault = error instanceof TypeError || error instanceof RangeError;
    say(`verify: ${isFault ? error.stack : error.message}`);
  },
);
