import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Program } from './eventually';

const MAIN = join(__dirname, '../dist/src/main.js');

/** The built server in a process of its own, as `npm start` runs it. */
export interface ServerProcess extends Program {
  /** Such as http://127.0.0.1:41235. */
  readonly origin: string;
  /** Sends a signal and waits for the end; gives the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** A server that may not listen yet. */
export interface StartingServer extends Program {
  /** @throws Error with the server's output when it ends instead of listening */
  readonly listening: Promise<ServerProcess>;
}

export function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  return beginServerProcess(environment).listening;
}

export function beginServerProcess(environment: Record<string, string>): StartingServer {
  const { child, output, ended } = spawnServer(environment);
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    return ended;
  };
  const listening = new Promise<ServerProcess>((resolve, reject) => {
    child.stdout.on('data', () => {
      const origin = /API +(http:\/\/\S+)\/api\/v1/.exec(output())?.[1];
      if (origin !== undefined) resolve({ child, origin, output, stop });
    });
    void ended.then((code) => reject(new Error(`The server ended with ${code}:\n${output()}`)));
  });
  return { child, output, listening };
}

/** Starts the server and waits until it ends by itself. */
export async function runServerProcess(
  environment: Record<string, string>,
): Promise<{ code: unknown; output: string }> {
  const { output, ended } = spawnServer(environment);
  return { code: await ended, output: output() };
}

function spawnServer(environment: Record<string, string>) {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', ...environment };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { child, output: () => text, ended };
}
