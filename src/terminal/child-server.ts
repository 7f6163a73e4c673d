import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** How long a server may take, in milliseconds. */
interface Patience {
  readonly start: number;
  /** Afterwards it is ended by force. */
  readonly stop: number;
}

/** How a server is started, where that is not as for most. */
interface StartOptions {
  readonly patience?: Patience;
  /** Where it looks for a `.env`. */
  readonly cwd?: string;
  /** Whether it is out of reach of Ctrl-C, which then comes to it through `stop()` alone. */
  readonly detached?: boolean;
  /** Ends the waiting for it, and the server. */
  readonly signal?: AbortSignal;
}

const PATIENCE: Patience = { start: 60_000, stop: 20_000 };
/** Part of what a server has printed, in characters. */
const KEPT_OUTPUT = 4_000;

interface Listening {
  readonly origin: string;
  readonly banner: string;
}

/** A server that a program has started. It is a process of its own, and does not outlive the program. */
export class ChildServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly patience: Patience,
    private readonly listening: Listening,
  ) {}

  /**
   * Starts a compiled script of ours, and waits until it tells where it listens: on a free port.
   *
   * @param settings environment variables; no others are passed on, and no `.env` is read but one in `cwd`
   * @throws Error with what it printed, when it ends instead, or does not tell within a minute; or the signal's reason.
   *   Then it has ended.
   */
  static async start(
    script: string,
    settings: Readonly<NodeJS.ProcessEnv>,
    { patience = PATIENCE, cwd = tmpdir(), detached = false, signal }: StartOptions = {},
  ): Promise<ChildServer> {
    signal?.throwIfAborted();
    const child = spawn(process.execPath, [script], {
      cwd,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
    });
    endWithThisProcess(child);
    try {
      return new ChildServer(child, patience, await whenListening(child, patience, signal));
    } catch (error) {
      await end(child, 'SIGTERM', patience);
      throw error;
    }
  }

  /** Such as http://127.0.0.1:41235. */
  get origin(): string {
    return this.listening.origin;
  }

  /** What it had printed by the time it listened. */
  get banner(): string {
    return this.listening.banner;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get hasEnded(): boolean {
    return hasEnded(this.child);
  }

  /** Waits for the end, by force when it takes too long. */
  stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    return end(this.child, signal, this.patience);
  }
}

/** Also when this one is interrupted before anybody knows of the child. */
function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

/** Waits for the first address that it prints. Afterwards what it prints is read and dropped, so that it never blocks. */
function whenListening(child: ChildProcess, { start }: Patience, signal?: AbortSignal): Promise<Listening> {
  let output = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => giveUp('It did not say where it listens.'), start);
    const fail = (error: Error): void => {
      clearTimeout(late);
      reject(error);
    };
    const giveUp = (why: string): void => fail(new Error(`${why}\n${output}`.trimEnd()));
    const read = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT);
      // What follows the port tells that all of it is there.
      const origin = /(http:\/\/[\w.]+:\d+)\D/.exec(output)?.[1];
      if (origin === undefined) return;
      clearTimeout(late);
      resolve({ origin, banner: output });
    };
    child.stdout!.setEncoding('utf8').on('data', read);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-KEPT_OUTPUT)));
    child.once('error', fail);
    child.once('exit', (code, killedBy) => giveUp(`It ended with ${code ?? killedBy}.`));
    signal?.addEventListener('abort', () => fail(signal.reason as Error), { once: true });
  });
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', { stop }: Patience): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  const lastResort = setTimeout(() => child.kill('SIGKILL'), stop);
  await gone;
  clearTimeout(lastResort);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
