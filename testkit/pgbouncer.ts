import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServiceAccount, runAs } from '../src/database/embedded/data-directory';
import { query } from './cluster';
import { eventually } from './eventually';
import { findFreePort } from './postgres-process';

/** A PgBouncer in front of a database. */
export interface PgBouncer {
  /** The database's URL through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A PgBouncer program, and its version as a number such as 1.18. */
export interface PgBouncerProgram {
  readonly path: string;
  readonly version: number;
}

/** Finds the PgBouncer of the environment variable `PGBOUNCER`, or of the system. */
export function findPgBouncer(path = process.env['PGBOUNCER'] || 'pgbouncer'): PgBouncerProgram | undefined {
  try {
    const [, version] = /PgBouncer (\d+\.\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
    return { path, version: Number(version) };
  } catch {
    return undefined;
  }
}

/** Starts a PgBouncer. @param settings lines of its configuration, such as `pool_mode = session` */
export async function startPgBouncer(
  { path }: PgBouncerProgram,
  databaseUrl: string,
  settings: readonly string[],
): Promise<PgBouncer> {
  const directory = mkdtempSync(join(tmpdir(), 'phaseline-pgbouncer-'));
  chmodSync(directory, 0o755);
  const target = new URL(databaseUrl);
  const port = await findFreePort();
  const file = join(directory, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${target.hostname} port=${target.port} user=${target.username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const account = findServiceAccount(directory);
  const child = spawn(path, [file], { ...runAs(account), stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = new URL(databaseUrl);
  url.port = String(port);
  const isUp = () =>
    query(url.toString(), 'SELECT 1').then(
      () => true,
      (error: Error) => /startup parameter/.test(error.message),
    );
  await eventually(isUp, { child, output: () => output });
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGQUIT');
    await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  return { url: url.toString(), stop };
}
