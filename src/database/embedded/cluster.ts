import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { lchownSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from './binaries';
import { clusterOf, runAs, type DataDirectory } from './data-directory';
import { errorCode, keepEnd, readIfThere, syncDirectory, writeSafely } from './files';

const DRAFT_PREFIX = 'postgres.new-';

/** Properties that stay the same from one start of the server to the next. */
export interface Installation extends DataDirectory {
  binaries: Binaries;
  durable: boolean;
  settings: Record<string, string>;
  report: (line: string) => void;
}

/**
 * Creates the cluster unless it exists. Requires the start lock.
 *
 * @returns the password of the user `postgres`
 * @throws Error when the cluster has another major version, belongs to another user, or cannot be created
 */
export async function ensureCluster(installation: Installation): Promise<string> {
  const { directory, binaries } = installation;
  const major = readOwned(join(clusterOf(directory), 'PG_VERSION'));
  const password = readOwned(join(directory, 'password'));
  if (major !== undefined && major !== binaries.major) {
    throw new Error(
      `${clusterOf(directory)} was created by PostgreSQL ${major}, and this is PostgreSQL ${binaries.major}. Transfer ` +
        'the data with pg_dump of the old version, choose another DATA_DIR, or set DATABASE_URL.',
    );
  }
  if (major !== undefined && !password) {
    throw new Error(
      `${join(directory, 'password')} is missing. It holds the password of the cluster beside it: restore the file, ` +
        'choose another DATA_DIR, or set DATABASE_URL.',
    );
  }
  if (major !== undefined && password) return password;
  return initialise(installation, password || createPassword(directory));
}

function readOwned(file: string): string | undefined {
  try {
    return readIfThere(file)?.trim();
  } catch (cause) {
    throw new Error(
      `${file} cannot be read (${errorCode(cause) ?? String(cause)}). Start the application as the user that created it, ` +
        'change its owner, choose another DATA_DIR, or set DATABASE_URL.',
      { cause },
    );
  }
}

function createPassword(directory: string): string {
  const password = randomBytes(24).toString('base64url');
  writeSafely(join(directory, 'password'), password);
  return password;
}

/** Creates the cluster under a draft name and renames it when it is complete, so a killed initdb leaves only a draft. */
async function initialise(installation: Installation, password: string): Promise<string> {
  const { directory, account, report } = installation;
  const cluster = clusterOf(directory);
  if (!account) requireUserName();
  report(`Creating a PostgreSQL cluster in ${cluster}.`);
  removeDrafts(directory);
  const draft = mkdtempSync(join(directory, DRAFT_PREFIX));
  try {
    const passwordFile = join(draft, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account) for (const path of [passwordFile, draft]) lchownSync(path, account.uid, account.gid);
    await runInitdb(installation, join(draft, 'cluster'), passwordFile);
    rename(join(draft, 'cluster'), cluster);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return password;
}

function rename(draft: string, cluster: string): void {
  try {
    renameSync(draft, cluster);
  } catch (cause) {
    throw new Error(`${cluster} exists but is not a PostgreSQL cluster. Move or delete it.`, { cause });
  }
  // A power cut could otherwise undo the rename and lose everything that was committed since.
  syncDirectory(join(cluster, '..'));
}

function removeDrafts(directory: string): void {
  for (const name of readdirSync(directory).filter((entry) => entry.startsWith(DRAFT_PREFIX))) {
    // An orphaned initdb may still be writing.
    rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Rejects a user id without a name: initdb looks its user up, even when it is given a name. */
function requireUserName(): void {
  try {
    userInfo();
  } catch (cause) {
    const uid = process.getuid?.();
    throw new Error(
      `The user id ${uid} is not in /etc/passwd, which PostgreSQL's initdb requires. Start the application as a user ` +
        'that is listed there, or set DATABASE_URL.',
      { cause },
    );
  }
}

async function runInitdb(installation: Installation, cluster: string, passwordFile: string): Promise<void> {
  const { binaries, account, durable } = installation;
  // The builtin locale sorts and folds case in the same way on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const args = ['-D', cluster, ...login, ...locale, '--no-instructions', ...(durable ? [] : ['--no-sync'])];
  const child = spawn(binaries.initdb, args, { ...runAs(account), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = keepEnd(output, chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw initdbFailed(cluster, output);
}

function initdbFailed(cluster: string, output: string): Error {
  if (/No space left on device|disk quota exceeded/i.test(output)) {
    return new Error(
      `The disk is full. A new PostgreSQL cluster needs about 50 MB in ${join(cluster, '../..')}.\n${output}`,
    );
  }
  return new Error(`PostgreSQL's initdb failed.\n${output}`);
}
