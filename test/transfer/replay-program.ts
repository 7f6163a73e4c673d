import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplayReport } from '../../src/transfer/replay/report';

export const ROOT = join(__dirname, '../..');
export const SAMPLE = join(ROOT, 'examples/sample-log.csv');
export const HEADER = 'ticket_id,seq,from_state,to_state,at,actor,title\n';

const PROGRAM = join(ROOT, 'dist/src/transfer/replay/main.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run replay`, with a temporary directory of its own, in which the tests see what it leaves. */
export class ReplayProgram {
  private constructor(
    readonly directory: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async create(environment: Readonly<Record<string, string>> = {}): Promise<ReplayProgram> {
    const directory = await mkdtemp(join(tmpdir(), 'replay-e2e-'));
    // The account that PostgreSQL runs as has to pass through it.
    await chmod(directory, 0o755);
    return new ReplayProgram(directory, environment);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  start(...args: string[]): { child: ChildProcess; ended: Promise<Ended>; stderr: () => string } {
    const env = { ...process.env, ...this.environment, TMPDIR: this.directory };
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
    return { child, ended, stderr: () => stderr };
  }

  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** The directories of applications that it started. */
  async serverDirectories(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => name.startsWith('phaseline-replay-'));
  }

  /** Writes a file into its directory. @returns the path */
  async write(name: string, content: string): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, content);
    return path;
  }
}

/** The part of a report that every run on an empty database shares. */
export function countsOf(stdout: string): Partial<ReplayReport> {
  const { retries: _, seconds, moves_per_second, requests_per_second, ...counts } = JSON.parse(stdout) as ReplayReport;
  expect([seconds, moves_per_second, requests_per_second].every((value) => value > 0)).toBe(true);
  return counts;
}
