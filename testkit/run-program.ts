import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** A directory without a `.env`, so that only the environment configures the program. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Receives the process when it has started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a program of the last build to its end. @param program its main file below `dist/` */
export async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Run> {
  const { DATABASE_URL: _, DATA_DIR: __, ...inherited } = process.env;
  const env = { ...inherited, DB_WAIT_SECONDS: '0', ...options.env };
  const path = join(__dirname, '../dist', program);
  const child = spawn(process.execPath, [path, ...args], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  options.onStart?.(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk) => (output[name] += chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}
