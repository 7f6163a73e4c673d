import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lchownSync, lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, readFileSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from './files';

/** Directory that root uses when PostgreSQL's account cannot reach `DATA_DIR`. Only root can write to it and its parent. */
export const FALLBACK_ROOT = '/var/lib/phaseline';

/** The account that runs PostgreSQL when the application is root, because PostgreSQL refuses to run as root. */
export interface ServiceAccount {
  name: string;
  uid: number;
  gid: number;
}

/** The data directory in use, and the account that PostgreSQL runs as; `null` is the account of the application. */
export interface DataDirectory {
  directory: string;
  account: ServiceAccount | null;
}

/** Spawn options returned by {@link runAs}. */
export interface SpawnIdentity {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

const PREFERRED_NAMES = ['postgres', 'node', 'nobody'];

/** The cluster inside a data directory. */
export function clusterOf(directory: string): string {
  return join(directory, 'postgres');
}

/** True when a data directory, or its fallback, holds a cluster. Creates nothing. */
export function holdsData(wanted: string): boolean {
  const directory = resolve(wanted);
  return holdsCluster(directory) || holdsCluster(join(FALLBACK_ROOT, fallbackName(directory)));
}

/**
 * Creates the data directory, or a fallback when the application is root and PostgreSQL's account cannot use it.
 *
 * @throws Error when the directory is not writable, or holds a cluster that the account cannot reach
 */
export function prepareDirectory(wanted: string, report: (line: string) => void): DataDirectory {
  const directory = resolve(wanted);
  const account = findServiceAccount(clusterOf(directory));
  if (!account) return { directory: prepareOwn(directory), account };
  const fallback = join(FALLBACK_ROOT, fallbackName(directory));
  // Data in the fallback stay in use, even if the wanted directory has become reachable since.
  if (!holdsCluster(fallback) || holdsCluster(directory)) {
    if (isUsable(directory, account)) return { directory: realpathSync(directory), account };
    if (holdsCluster(directory)) throw unreachable(directory, account);
  }
  report(`PostgreSQL runs as the user "${account.name}", which cannot use ${directory}. The data are in ${fallback}.`);
  prepareFallbackRoot();
  const owner = findServiceAccount(clusterOf(fallback));
  if (owner && isUsable(fallback, owner)) return { directory: fallback, account: owner };
  throw unreachable(fallback, owner);
}

function prepareOwn(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return realpathSync(directory);
  } catch (error) {
    throw new Error(
      `The data directory ${directory} is not writable (${errorCode(error) ?? String(error)}). ` +
        'Choose another one with DATA_DIR, change its owner, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** Creates {@link FALLBACK_ROOT}, and rejects one that another user could have prepared. */
export function prepareFallbackRoot(): void {
  makeEnterable(FALLBACK_ROOT, 0o755);
  const { uid, mode } = lstatSync(FALLBACK_ROOT);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new Error(`${FALLBACK_ROOT} must belong to root and be writable by root only.`);
  }
}

function isUsable(directory: string, account: ServiceAccount): boolean {
  try {
    makeEnterable(directory, 0o711);
    return canEnter(account, directory) && keepsOwners(directory, account);
  } catch {
    return false;
  }
}

/** Sets the mode of a new directory, or of an empty one of root's, whatever the umask is. Leaves others as they are. */
function makeEnterable(directory: string, mode: number): void {
  const isNew = mkdirSync(directory, { recursive: true }) !== undefined;
  const isBlank = isNew || (lstatSync(directory).uid === 0 && readdirSync(directory).length === 0);
  if (isBlank) chmodSync(directory, mode);
}

/** True when the file system stores owners. Some mounts do not, and PostgreSQL requires that it owns its cluster. */
function keepsOwners(directory: string, account: ServiceAccount): boolean {
  const trial = mkdtempSync(join(directory, 'owner-'));
  try {
    lchownSync(trial, account.uid, account.gid);
    return lstatSync(trial).uid === account.uid;
  } finally {
    rmdirSync(trial);
  }
}

/** True when the account may pass through every directory down to `directory`, by the permission bits. */
function canEnter(account: ServiceAccount, directory: string): boolean {
  for (let current = realpathSync(directory); ; current = dirname(current)) {
    const { uid, gid, mode } = statSync(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === dirname(current)) return true;
  }
}

function holdsCluster(directory: string): boolean {
  return existsSync(join(clusterOf(directory), 'PG_VERSION'));
}

function fallbackName(directory: string): string {
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  return `${basename(dirname(directory)) || 'root'}-${digest}`;
}

function unreachable(directory: string, account: ServiceAccount | null): Error {
  const subject = account ? `The user "${account.name}", which runs PostgreSQL,` : 'PostgreSQL';
  return new Error(
    `${subject} cannot reach ${directory}. Open its parent directories (chmod a+x), choose another DATA_DIR, or set DATABASE_URL.`,
  );
}

/**
 * Finds the account that PostgreSQL runs as; `null` is the account of the application.
 *
 * @param cluster the cluster's directory; its owner has priority, because no other account can open it
 * @throws Error when the application is root and no suitable account exists
 */
export function findServiceAccount(cluster: string): ServiceAccount | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readAccounts();
  const owner = statSync(cluster, { throwIfNoEntry: false })?.uid;
  const named = PREFERRED_NAMES.map((name) => accounts.find((account) => account.name === name));
  const account = accounts.find(({ uid }) => uid === owner) ?? named.find((candidate) => candidate !== undefined);
  if (account) return account;
  throw new Error(
    'PostgreSQL refuses to run as root, and /etc/passwd has none of the users "postgres", "node" and "nobody". ' +
      'Start the application as another user, or set DATABASE_URL.',
  );
}

function readAccounts(): ServiceAccount[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
}

/** Variables that a program needs to start. Others may hold secrets, or would override PostgreSQL's arguments (PGDATA). */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'COMSPEC'];

/** Returns spawn options of a PostgreSQL program: the account, a working directory it may enter, and a minimal environment. */
export function runAs(account: ServiceAccount | null): SpawnIdentity {
  const passed = PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  // Messages are matched in English.
  const env: NodeJS.ProcessEnv = { ...Object.fromEntries(passed), LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };
  return account ? { cwd: '/', env, uid: account.uid, gid: account.gid } : { cwd: '/', env };
}
