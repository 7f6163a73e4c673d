import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD } from './build';
import type { Program } from './eventually';

/** A server in a process of its own. */
export interface ServerProcess extends Program {
  /** Such as http://127.0.0.1:41235. */
  readonly origin: string;
  /** Sends a signal and waits for the end. Returns the exit code, or the signal that ended the process. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** A server that may not listen yet. */
export interface StartingServer extends Program {
  /** Rejects with the server's output when it ends before it listens. */
  readonly listening: Promise<ServerProcess>;
}

/** A server to start. */
interface Launch {
  /** The script's absolute path. */
  readonly script: string;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
}

/** Time after which a server that does not listen has failed, in milliseconds. */
const START_TIMEOUT = 120_000;

/** Time after which a server that does not stop receives SIGKILL, in milliseconds. */
const STOP_TIMEOUT = 30_000;

/** The maximum length of the kept output, in characters. */
const OUTPUT_LIMIT = 8_000_000;

/** Starts the built server as `npm start` does, with the environment of this process. */
export function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  return beginServerProcess(environment).listening;
}

/** Starts the built server and returns before it listens. */
export function beginServerProcess(environment: Record<string, string>): StartingServer {
  return begin(inherited(environment));
}

/** Starts the built server and waits until it ends by itself. */
export async function runServerProcess(
  environment: Record<string, string>,
): Promise<{ code: unknown; output: string }> {
  const { output, ended } = spawnServer(inherited(environment));
  return { code: await ended, output: output() };
}

/**
 * Starts a script that listens on a free port, with the given settings as its only environment and without any `.env`.
 *
 * @param name for the error message
 */
export function startIsolatedServer(
  name: string,
  script: string,
  settings: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const environment = { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...settings };
  return begin({ script, environment, cwd: tmpdir() }).listening.catch((cause: Error) => {
    throw new Error(`${name} did not start: ${cause.message}`, { cause });
  });
}

function inherited(environment: Record<string, string>): Launch {
  const defaults = { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info' };
  return { script: join(BUILD, 'src/main.js'), environment: { ...process.env, ...defaults, ...environment } };
}

function begin(launch: Launch): StartingServer {
  const { child, output, ended } = spawnServer(launch);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    return ended.finally(() => clearTimeout(lastResort));
  };
  const listening = new Promise<ServerProcess>((resolve, reject) => {
    const late = setTimeout(() => void stop(), START_TIMEOUT);
    child.stdout?.on('data', function read() {
      // The character after the port proves that the address is complete.
      const origin = /(http:\/\/[\w.]+:\d+)\D/.exec(output())?.[1];
      if (origin === undefined) return;
      clearTimeout(late);
      child.stdout?.off('data', read);
      resolve({ child, origin, output, stop });
    });
    const fail = (reason: string): void => {
      clearTimeout(late);
      reject(new Error(`${reason}\n${output()}`));
    };
    ended.then(
      (code) => fail(`The server ended with ${code}:`),
      (error: Error) => fail(error.message),
    );
  });
  return { child, output, listening };
}

function spawnServer({ script, environment, cwd }: Launch) {
  const child = spawn(process.execPath, [script], { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-OUTPUT_LIMIT)));
  }
  // No server outlives the program that started it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { child, output: () => text, ended };
}
