import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD } from './repository';

/** Each is a process of its own. */
export type Program = 'Phaseline' | 'bare peer' | 'idiomatic peer';

const PROGRAMS: Readonly<Record<Program, string>> = {
  Phaseline: 'src/main.js',
  'bare peer': 'bench/peers/bare.js',
  'idiomatic peer': 'bench/peers/idiomatic.js',
};

/** Connections to the database: Phaseline's default, and what suited the peers best with 32 clients, of 4 to 32. */
export const POOL_SIZES: Readonly<Record<Program, number>> = { Phaseline: 10, 'bare peer': 12, 'idiomatic peer': 10 };

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 20_000;

/** A server that is measured. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** Such as http://127.0.0.1:41235. */
    readonly origin: string,
  ) {}

  /** @throws Error with what it said, when it does not tell within a minute where it listens */
  static async start(
    program: Program,
    databaseUrl: string,
    settings: Record<string, string> = {},
  ): Promise<ServerProcess> {
    const child = spawn(process.execPath, [join(BUILD, PROGRAMS[program])], {
      // No settings but these, from no `.env` either.
      cwd: tmpdir(),
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: '0',
        NODE_ENV: 'production',
        DATABASE_URL: databaseUrl,
        DB_POOL_SIZE: String(POOL_SIZES[program]),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithThisProcess(child);
    try {
      return new ServerProcess(child, await originOf(child));
    } catch (cause) {
      child.kill('SIGKILL');
      throw new Error(`The ${program} did not start: ${(cause as Error).message}`, { cause });
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
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
function originOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${why}\n${output}`.trimEnd()));
    const late = setTimeout(() => fail('It did not say where it listens.'), START_TIMEOUT);
    const read = (text: string): void => {
      output = (output + text).slice(-4_000);
      const origin = /http:\/\/[\w.]+:\d+/.exec(output)?.[0];
      if (origin === undefined) return;
      clearTimeout(late);
      resolve(origin);
    };
    child.stdout!.setEncoding('utf8').on('data', read);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4_000)));
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      fail(`It ended with ${code ?? signal}.`);
    });
  });
}
