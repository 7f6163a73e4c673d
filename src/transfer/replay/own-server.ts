import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplayError } from './replay-error';

/** The application, started for this run alone. */
export interface OwnServer {
  readonly url: string;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

const APPLICATION = join(__dirname, '../../main.js');
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
/** Part of the last output of a server that did not start. */
const KEPT_OUTPUT = 4000;

/**
 * Starts the application on a free port, with a database of its own in a temporary directory.
 *
 * @throws ReplayError when it does not listen within a minute; then, too, nothing is left behind
 */
export async function startOwnServer(signal: AbortSignal): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'phaseline-replay-'));
  const child = launch(directory);
  const killChild = (): void => void child.kill('SIGTERM');
  process.once('exit', killChild);
  const stop = async (): Promise<void> => {
    await terminate(child);
    process.off('exit', killChild);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { url: await learnUrl(child, signal), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * In the directory, so that no `.env` of the caller's names another database, and in a process group of its own, so
 * that Ctrl-C reaches it through `stop()` and not before the answers it owes are in.
 */
function launch(directory: string): ChildProcess {
  const { DATABASE_URL: _, ...environment } = process.env;
  const own = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    RATE_LIMIT_MAX: '0',
  };
  return spawn(process.execPath, [APPLICATION], {
    cwd: directory,
    env: { ...environment, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

/** Waits for the line that tells where the API is. Afterwards the output is read and dropped, so that it never blocks. */
async function learnUrl(child: ChildProcess, signal: AbortSignal): Promise<string> {
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-KEPT_OUTPUT);
  };
  child.stderr!.setEncoding('utf8').on('data', keep);
  const url = new Promise<string>((resolve) => {
    createInterface(child.stdout!).on('line', (line) => {
      keep(`${line}\n`);
      const found = /\bAPI\s+(https?:\/\/\S+)\/api\/v1\b/.exec(line);
      if (found) resolve(found[1]!);
    });
  });
  const failure = new AbortController();
  try {
    return await Promise.race([url, failed(child, AbortSignal.any([signal, failure.signal]))]);
  } catch (cause) {
    if (signal.aborted) throw new ReplayError('interrupted while the application started');
    throw new ReplayError(`the application did not start: ${(cause as Error).message}\n${output}`.trimEnd(), { cause });
  } finally {
    failure.abort();
  }
}

/** Rejects with the reason why the server will not come up. */
async function failed(child: ChildProcess, signal: AbortSignal): Promise<never> {
  const exit = once(child, 'exit', { signal }).then(([code, killedBy]: unknown[]) => {
    throw new Error(`it ended with ${killedBy === null ? `exit code ${String(code)}` : String(killedBy)}`);
  });
  const late = sleep(START_TIMEOUT_MS, undefined, { signal }).then(() => {
    throw new Error(`it did not say where it listens within ${START_TIMEOUT_MS / 1000} s`);
  });
  return Promise.race([exit, late]);
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}
