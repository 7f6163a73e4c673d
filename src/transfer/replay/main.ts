import { EXIT_INTERRUPTED } from '../../terminal/cleaning';
import { Interrupted, listenForInterruption } from '../../terminal/interruption';
import { type Progress, startProgress } from '../../terminal/progress';
import { runProgram, say } from '../../terminal/run-program';
import { formatNumber } from '../../terminal/table';
import { HttpConnection } from './http-connection';
import { type ReplayLog, openReplayLog } from './replay-log';
import { type ReplayCommand, readReplayCommand } from './options';
import { type PrepareMapping, prepare } from './state-mapping';
import { Replay } from './replay';
import { formatReplayReport } from './report';
import { type ReplayReport, ReplayStatistics } from './statistics';
import { TicketApi } from './ticket-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer } from '../../terminal/child-server';
import { TransferError } from '../transfer-error';

/** Enough rows ahead that every connection has a ticket to move, also where the rows of a ticket stand together. */
const ROWS_PER_CONNECTION = 32;
const EXIT_INCOMPLETE = 1;

/** @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const command = readReplayCommand(argv);
  const preparation = await prepare(command.states, say);
  const log = await openReplayLog(command.events);
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
  { json, concurrency }: ReplayCommand,
  url: URL,
  preparation: PrepareMapping,
  log: ReplayLog,
  signal: AbortSignal,
): Promise<number> {
  const connection = new HttpConnection(url, concurrency, process.env['PHASELINE_API_KEY']);
  const api = new TicketApi(connection, signal);
  try {
    await api.checkServer(url.href);
    const mapping = await preparation(api);
    const statistics = new ReplayStatistics();
    const progress = showProgress(log, statistics);
    const rowsInFlight = concurrency * ROWS_PER_CONNECTION;
    const run = new Replay(api, statistics, { mapping, concurrency, rowsInFlight, signal, print: progress.tell });
    const started = process.hrtime.bigint();
    await run.run(log.entries).finally(progress.stop);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const report = statistics.report(seconds, api.retries, run.endedEarly === undefined);
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReplayReport(report)}`);
    return conclude(report, run.endedEarly, signal);
  } finally {
    connection.close();
  }
}

function showProgress(log: ReplayLog, statistics: ReplayStatistics): Progress {
  return startProgress(process.stderr, () => ({
    fraction: log.fractionRead(),
    text: describeStatistics(statistics),
  }));
}

function describeStatistics({ tickets, accepted, refused }: ReplayStatistics): string {
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

/** The application, started for this run alone. */
export interface OwnServer {
  readonly url: string;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

const APPLICATION = join(__dirname, '../../main.js');

/**
 * Starts the application on a free port, with a database of its own in a temporary directory.
 *
 * @throws TransferError when it does not listen within a minute, or Interrupted; then, too, nothing is left behind
 */
export async function startOwnServer(signal: AbortSignal): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'phaseline-replay-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    // In the directory, so that no `.env` of the caller's names another database; and detached, so that Ctrl-C does not
    // reach it before the answers it owes are in.
    const options = { cwd: directory, detached: true, signal };
    const server = await ChildServer.start(APPLICATION, settingsFor(directory), options);
    return { url: server.origin, stop: () => server.stop().then(remove) };
  } catch (cause) {
    await remove();
    if (signal.aborted) throw new Interrupted('interrupted while the application started', { cause });
    throw new TransferError(`the application did not start: ${(cause as Error).message}`, { cause });
  }
}

/** Those of the caller, but for what could lead it to other data, or slow it down. */
function settingsFor(directory: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...environment } = process.env;
  const own = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    RATE_LIMIT_MAX: '0',
  };
  return { ...environment, ...own };
}
