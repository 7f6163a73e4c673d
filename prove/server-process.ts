import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each is a process of its own. */
export type Program = 'Phaseline' | 'control group';

/** Seen from the build, where this file lies in `dist/prove`. */
const PROGRAMS: Readonly<Record<Program, string>> = {
  Phaseline: join(__dirname, '../src/main.js'),
  'control group': join(__dirname, 'control/main.js'),
};

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 20_000;

/** A server that is attacked. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Such as http://127.0.0.1:41235. */
    readonly origin: string,
    /** What it had printed by the time it listened. */
    readonly banner: string,
  ) {}

  /**
   * @param settings environment variables; no others are passed on, and no `.env` is read
   * @throws Error with what it said, when it does not tell within a minute where it listens
   */
  static async start(program: Program, settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const child = spawn(process.execPath, [PROGRAMS[program]], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', NODE_ENV: 'production', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithThisProcess(child);
    try {
      const { origin, banner } = await listening(child);
      return new ServerProcess(child, origin, banner);
    } catch (cause) {
      child.kill('SIGKILL');
      throw new Error(`The ${program} did not start: ${(cause as Error).message}`, { cause });
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for the end, by force when it takes too long. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    const lastResort = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT);
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
function listening(child: ChildProcess): Promise<{ origin: string; banner: string }> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}\n${output}`.trimEnd()));
    const late = setTimeout(() => fail('It did not say where it listens.'), START_TIMEOUT);
    const read = (text: string): void => {
      output = (output + text).slice(-4_000);
      const origin = /http:\/\/[\w.]+:\d+/.exec(output)?.[0];
      if (origin === undefined) return;
      clearTimeout(late);
      resolve({ origin, banner: output });
    };
    child.stdout!.setEncoding('utf8').on('data', read);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4_000)));
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      fail(`It ended with ${code ?? signal}.`);
    });
  });
}
