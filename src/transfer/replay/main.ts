import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer } from '../../terminal/child-server';
import { EXIT_INTERRUPTED, Interrupted, listenForInterruption } from '../../terminal/interruption';
import { type ProgressDisplay, startProgress } from '../../terminal/progress';
import { runProgram, say, writeResult } from '../../terminal/run-program';
import { formatNumber } from '../../terminal/table';
import { TransferError } from '../transfer-error';
import { HttpConnection } from './http-connection';
import { readReplayCommand, type ReplayCommand } from './options';
import { Replay } from './replay';
import { openReplayLog, type ReplayLog } from './replay-log';
import { formatReplayReport, type ReplayReport } from './report';
import { prepareMapping, type PreparedMapping } from './state-mapping';
import { ReplayStatistics } from './statistics';
import { TicketApi } from './ticket-api';

/** Rows read ahead per connection: keeps every connection busy even when the rows of one ticket are adjacent. */
const ROWS_PER_CONNECTION = 32;
const EXIT_INCOMPLETE = 1;
const SERVER_PROGRAM = join(__dirname, '../../main.js');

interface OwnServer {
  readonly url: URL;
  /** Stops the server and removes its data directory. */
  stop(): Promise<void>;
}

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readReplayCommand(argv);
  const mapping = await prepareMapping(command.states, say);
  const log = await openReplayLog(command.events);
  const { signal } = listenForInterruption();
  let server: OwnServer | undefined;
  try {
    if (command.url === undefined) server = await startOwnServer(signal);
    return await replay(command, command.url ?? server!.url, mapping, log, signal);
  } finally {
    await log.close();
    await server?.stop();
  }
}

/**
 * Starts the server on a free port, with its own database in a temporary directory.
 *
 * @throws TransferError when the server does not listen within a minute; Interrupted when the signal aborts first. In both
 *   cases the directory is removed.
 */
async function startOwnServer(signal: AbortSignal): Promise<OwnServer> {
  say('starting the application on a temporary directory');
  const directory = await mkdtemp(join(tmpdir(), 'phaseline-replay-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    // The working directory keeps the caller's `.env` from naming another database; `detached` keeps Ctrl-C from ending
    // the server before it has sent its last responses.
    const options = { cwd: directory, detached: true, signal };
    const server = await ChildServer.start(SERVER_PROGRAM, settingsFor(directory), options);
    return { url: new URL(server.origin), stop: () => server.stop().then(remove) };
  } catch (cause) {
    await remove();
    if (signal.aborted) throw new Interrupted('interrupted while the application started', { cause });
    throw new TransferError(`the application did not start: ${(cause as Error).message}`, { cause });
  }
}

/** The caller's environment, except settings that would select other data or slow the server down. */
function settingsFor(directory: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...environment } = process.env;
  const own = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: directory, LOG_LEVEL: 'warn', AUTH: 'off' };
  return { ...environment, ...own, RATE_LIMIT_MAX: '0' };
}

async function replay(
  { json, concurrency }: ReplayCommand,
  url: URL,
  prepared: PreparedMapping,
  log: ReplayLog,
  signal: AbortSignal,
): Promise<number> {
  const connection = new HttpConnection(url, concurrency, process.env['PHASELINE_API_KEY']);
  const api = new TicketApi(connection, signal);
  try {
    await api.checkServer(url.href);
    const mapping = await prepared(api);
    const statistics = new ReplayStatistics();
    const progress = showProgress(log, statistics);
    const rowsInFlight = concurrency * ROWS_PER_CONNECTION;
    const run = new Replay(api, statistics, { mapping, concurrency, rowsInFlight, signal, print: progress.print });
    const started = process.hrtime.bigint();
    await run.run(log.entries).finally(progress.stop);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const report = statistics.report(seconds, api.retries, run.endedEarly === undefined);
    writeResult(json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReplayReport(report)}`);
    return conclude(report, run.endedEarly, signal);
  } finally {
    connection.close();
  }
}

function showProgress(log: ReplayLog, statistics: ReplayStatistics): ProgressDisplay {
  return startProgress(process.stderr, () => {
    const [tickets, accepted, refused] = [statistics.tickets, statistics.accepted, statistics.refused].map(
      formatNumber,
    );
    const text = `${tickets} tickets, ${accepted} transitions accepted, ${refused} refused`;
    return { fraction: log.fractionRead(), text };
  });
}

/** Prints what the replay left out. @returns the exit code */
function conclude(report: ReplayReport, endedEarly: string | undefined, signal: AbortSignal): number {
  const { rows, errors, refused_creations: refused } = report;
  const omissions = [
    endedEarly && `stopped after ${rows.read} rows: ${endedEarly}`,
    rows.bad > 0 && `${rows.bad} bad rows`,
    rows.missing > 0 && `${rows.missing} rows missing from the log`,
    refused > 0 && `${refused} creations refused`,
    errors > 0 && `${errors} errors`,
    rows.not_sent > 0 && `${rows.not_sent} rows not sent`,
  ].filter((omission) => typeof omission === 'string');
  if (omissions.length === 0) return 0;
  say(`replay is incomplete: ${omissions.join('; ')}`);
  return signal.aborted ? EXIT_INTERRUPTED : EXIT_INCOMPLETE;
}

void runProgram('replay', main, { failed: EXIT_INCOMPLETE });
