import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** Time limits of a server, in milliseconds. */
interface Timeouts {
  readonly start: number;
  /** Afterwards the process is killed. */
  readonly stop: number;
}

/** Options of {@link ChildServer.start}. */
interface StartOptions {
  readonly timeouts?: Timeouts;
  /** Working directory, in which the server looks for a `.env`. */
  readonly cwd?: string;
  /** Keeps Ctrl-C from the server, so that only `stop()` ends it. */
  readonly detached?: boolean;
  /** Ends the wait and the server. */
  readonly signal?: AbortSignal;
}

const TIMEOUTS: Timeouts = { start: 60_000, stop: 20_000 };
/** Characters of the output that are kept. */
const KEPT_OUTPUT = 4_000;

interface Listening {
  readonly origin: string;
  readonly banner: string;
}

/** A server in a child process, which does not outlive this one. */
export class ChildServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly timeouts: Timeouts,
    private readonly listening: Listening,
  ) {}

  /**
   * Starts a compiled script on a free port and waits until it prints its address.
   *
   * @param settings environment variables; no others are passed on, and only a `.env` in `cwd` is read
   * @throws Error with the output when the process ends or prints no address within a minute, or the signal's reason.
   *   The process has ended then.
   */
  static async start(
    script: string,
    settings: Readonly<NodeJS.ProcessEnv>,
    { timeouts = TIMEOUTS, cwd = tmpdir(), detached = false, signal }: StartOptions = {},
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
      return new ChildServer(child, timeouts, await whenListening(child, timeouts, signal));
    } catch (error) {
      await end(child, 'SIGTERM', timeouts);
      throw error;
    }
  }

  /** Origin such as http://127.0.0.1:41235. */
  get origin(): string {
    return this.listening.origin;
  }

  /** Output of the server until it listened. */
  get banner(): string {
    return this.listening.banner;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get hasEnded(): boolean {
    return hasEnded(this.child);
  }

  /** Stops the server and waits for its end. Kills it when it takes too long. */
  stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    return end(this.child, signal, this.timeouts);
  }
}

/** Kills the child when this process ends, even during the start of the child. */
function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

/** Waits for the first address in the output. Later output is read and dropped, so that the child never blocks. */
function whenListening(child: ChildProcess, { start }: Timeouts, signal?: AbortSignal): Promise<Listening> {
  let output = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => giveUp('It did not print its address.'), start);
    const fail = (error: Error): void => {
      clearTimeout(late);
      reject(error);
    };
    const giveUp = (why: string): void => fail(new Error(`${why}\n${output}`.trimEnd()));
    const read = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT);
      // A character after the port shows that the port is complete.
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

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL', { stop }: Timeouts): Promise<void> {
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
