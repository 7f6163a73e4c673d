import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findBinaries, type Binaries } from '../src/database/embedded/binaries';
import { findServiceAccount, prepareDirectory, runAs } from '../src/database/embedded/data-directory';
import { query } from './cluster';
import { eventually } from './eventually';

/** Settings of PostgreSQL by their names. */
export type PostgresSettings = Readonly<Record<string, string>>;

const SETTINGS: PostgresSettings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };

/** A PostgreSQL on 127.0.0.1 that trusts every client. No keeper restarts it, so that a test can end it for good. */
export class PostgresProcess {
  private constructor(
    private readonly binaries: Binaries,
    /** The cluster's directory. */
    readonly cluster: string,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  /** Creates a cluster with the embedded binaries and starts it. @param directory a new directory */
  static async create(directory: string, settings: PostgresSettings = {}): Promise<PostgresProcess> {
    const binaries = findBinaries(
      prepareDirectory(directory, () => undefined),
      () => undefined,
    );
    const cluster = join(directory, 'postgres');
    const account = findServiceAccount(cluster);
    if (account) chownSync(directory, account.uid, account.gid);
    const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    execFileSync(binaries.initdb, ['-D', cluster, ...options], { ...runAs(account), stdio: 'ignore' });
    return PostgresProcess.launch(binaries, cluster, settings);
  }

  /** Starts another server on a cluster, such as a copy of this server's. */
  startOn(cluster: string, settings: PostgresSettings = {}): Promise<PostgresProcess> {
    return PostgresProcess.launch(this.binaries, cluster, settings);
  }

  private static async launch(
    binaries: Binaries,
    cluster: string,
    settings: PostgresSettings,
  ): Promise<PostgresProcess> {
    const port = await findFreePort();
    const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...options], {
      ...runAs(findServiceAccount(cluster)),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
    // No server outlives the program that started it.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const server = new PostgresProcess(binaries, cluster, port, child);
    await eventually(() => query(server.urlOf('postgres'), 'SELECT 1').catch(() => undefined), {
      child,
      output: () => output,
    });
    return server;
  }

  urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** Ends the server like a power cut of its machine, except that what it wrote is kept. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Shuts down at once, which leaves a recovery to the next start. */
  stop(): Promise<void> {
    return this.end('SIGQUIT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

/** Returns a free port of 127.0.0.1. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
