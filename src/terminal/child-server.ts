import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';

/** How long a server may take, in milliseconds. */
interface Patience {
  readonly start: number;
  /** Afterwards it is ended by force. */
  readonly stop: number;
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
   * @param settings environment variables; no others are passed on, and no `.env` is read
   * @throws Error with what it printed, when it ends instead, or does not tell within a minute
   */
  static async start(
    script: string,
    settings: Readonly<Record<string, string>>,
    patience = PATIENCE,
  ): Promise<ChildServer> {
    const child = spawn(process.execPath, [script], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithThisProcess(child);
    try {
      return new ChildServer(child, patience, await whenListening(child, patience));
    } catch (error) {
      child.kill('SIGKILL');
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
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for the end, by force when it takes too long. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    const lastResort = setTimeout(() => this.child.kill('SIGKILL'), this.patience.stop);
    await gone;
    clearTimeout(lastResort);
  }
}

/** Also when this one is interrupted before anybody knows of the child. */
function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

/** Waits for the first address that it prints. Afterwards what it prints is read and dropped, so that it never blocks. */
function whenListening(child: ChildProcess, { start }: Patience): Promise<Listening> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}\n${output}`.trimEnd()));
    const late = setTimeout(() => fail('It did not say where it listens.'), start);
    const read = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT);
      const origin = /http:\/\/[\w.]+:\d+/.exec(output)?.[0];
      if (origin === undefined) return;
      clearTimeout(late);
      resolve({ origin, banner: output });
    };
    child.stdout!.setEncoding('utf8').on('data', read);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-KEPT_OUTPUT)));
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      fail(`It ended with ${code ?? signal}.`);
    });
  });
}
