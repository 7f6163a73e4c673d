import { readDataSettings } from '../config/config';
import { openExistingDatabase } from '../database/open-database';
import { listenForInterruption } from '../terminal/interruption';
import { startProgress, type ProgressState } from '../terminal/progress';
import { runProgram, say } from '../terminal/run-program';
import { formatNumber } from '../terminal/table';
import { EXIT_FAILED, readCommandLine } from './options';
import type { VerifyProgress, VerifyReport } from './report';
import { formatReport } from './report-text';
import { verifyDatabase } from './verify-database';

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
