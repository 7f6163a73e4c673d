import { EXIT_INTERRUPTED } from '../../terminal/cleaning';
import { listenForInterruption } from '../../terminal/interruption';
import { type Progress, startProgress } from '../../terminal/progress';
import { runProgram, say } from '../../terminal/run-program';
import { formatNumber } from '../../terminal/table';
import { HttpConnection } from './http-connection';
import { type Log, openLog } from './log-reader';
import { type CommandLine, readCommandLine } from './options';
import { type OwnServer, startOwnServer } from './own-server';
import { prepare, type Preparation } from './preparation';
import { Replay } from './replay';
import { formatReport } from './report-text';
import { type ReplayReport, Tally } from './tally';
import { TicketApi } from './ticket-api';

/** Enough rows ahead that every connection has a ticket to move, also where the rows of a ticket stand together. */
const ROWS_PER_CONNECTION = 32;
const EXIT_INCOMPLETE = 1;

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readCommandLine(argv);
  const preparation = await prepare(command.states, say);
  const log = await openLog(command.events);
  const { signal } = listenForInterruption();
  let server: OwnServer | undefined;
  try {
    if (command.url === undefined) server = await startServer(signal);
    return await replay(command, command.url ?? new URL(server!.url), preparation, log, signal);
  } finally {
    await log.close();
    await server?.stop();
  }
}

function startServer(signal: AbortSignal): Promise<OwnServer> {
  say('starting the application on a temporary directory');
  return startOwnServer(signal);
}

async function replay(
  { json, concurrency }: CommandLine,
  url: URL,
  preparation: Preparation,
  log: Log,
  signal: AbortSignal,
): Promise<number> {
  const connection = new HttpConnection(url, concurrency, process.env['PHASELINE_API_KEY']);
  const api = new TicketApi(connection, signal);
  try {
    await api.checkServer(url.href);
    const translation = await preparation(api);
    const tally = new Tally();
    const progress = showProgress(log, tally);
    const rowsInFlight = concurrency * ROWS_PER_CONNECTION;
    const run = new Replay(api, tally, { translation, concurrency, rowsInFlight, signal, tell: progress.tell });
    const started = process.hrtime.bigint();
    await run.run(log.entries).finally(progress.stop);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const report = tally.report(seconds, api.retries, run.endedEarly === undefined);
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}`);
    return conclude(report, run.endedEarly, signal);
  } finally {
    connection.close();
  }
}

function showProgress(log: Log, tally: Tally): Progress {
  return startProgress(process.stderr, () => ({
    fraction: log.fractionRead(),
    text: describeTally(tally),
  }));
}

function describeTally({ tickets, accepted, refused }: Tally): string {
  const moves = `${formatNumber(accepted)} moves accepted, ${formatNumber(refused)} refused`;
  return `${formatNumber(tickets)} tickets, ${moves}`;
}

/** Says what was left out, if anything was. */
function conclude(report: ReplayReport, endedEarly: string | undefined, signal: AbortSignal): number {
  const { rows, errors, refused_creations: refused } = report;
  const lacks = [
    endedEarly && `stopped after ${rows.read} rows: ${endedEarly}`,
    rows.bad > 0 && `${rows.bad} bad rows`,
    rows.missing > 0 && `${rows.missing} rows missing in the log`,
    refused > 0 && `${refused} creations refused`,
    errors > 0 && `${errors} errors`,
    rows.not_sent > 0 && `${rows.not_sent} rows not sent`,
  ].filter((lack) => typeof lack === 'string');
  if (lacks.length === 0) return 0;
  say(`replay is incomplete: ${lacks.join('; ')}`);
  return signal.aborted ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
}

void runProgram('replay', main, { failed: EXIT_INCOMPLETE });
