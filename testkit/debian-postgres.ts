import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../src/database/connection';
import { findServiceAccount, runAs } from '../src/database/embedded/data-directory';

/** The directory of Debian's and Ubuntu's packages for the oldest supported PostgreSQL. */
const BINARIES = '/usr/lib/postgresql/15/bin';

/** True: the binaries are installed. */
export const hasDebianPostgres = existsSync(join(BINARIES, 'postgres'));

/** A temporary PostgreSQL 15 on 127.0.0.1. */
export interface DebianPostgres {
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export async function startDebianPostgres(): Promise<DebianPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'phaseline-debian-'));
  makeCluster(directory);
  const port = await findFreePort();
  const server = launch(directory, port);
  const admin = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const stop = async (): Promise<void> => {
    await end(server);
    rmSync(directory, { recursive: true, force: true });
  };
  await untilReady(server, admin).catch(async (error) => stop().then(() => Promise.reject(error)));
  return { createDatabase: () => createDatabase(admin), stop };
}

function makeCluster(directory: string): void {
  const account = findServiceAccount(join(directory, 'data'));
  if (account) chownSync(directory, account.uid, account.gid);
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  execFileSync(join(BINARIES, 'initdb'), ['-D', join(directory, 'data'), ...options], {
    ...runAs(account),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function launch(directory: string, port: number): ChildProcess {
  const data = join(directory, 'data');
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const options = settings.flatMap((setting) => ['-c', setting]);
  return spawn(join(BINARIES, 'postgres'), ['-D', data, '-p', String(port), ...options], {
    ...runAs(findServiceAccount(data)),
    stdio: 'ignore',
  });
}

async function untilReady(server: ChildProcess, url: string): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (server.exitCode !== null) break;
    if (await answers(url)) return;
    await sleep(20);
  }
  throw new Error(`PostgreSQL in ${BINARIES} did not start (exit code ${server.exitCode}).`);
}

async function answers(url: string): Promise<boolean> {
  const client = createClient(url);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGINT');
  await gone;
}

async function createDatabase(admin: string): Promise<string> {
  const name = `phaseline_test_${randomUUID().replaceAll('-', '')}`;
  const client = createClient(admin);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
  const url = new URL(admin);
  url.pathname = name;
  return url.toString();
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
