import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { mkdtempSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { canEnter, findServiceAccount, type ServiceAccount } from './account';
import { errorCode } from './files';

/** Where root keeps what PostgreSQL's account cannot reach elsewhere. Only root can write to it and to its parent. */
export const FALLBACK_ROOT = '/var/lib/phaseline';

/** The directory that is really used, and who PostgreSQL runs as there. */
export interface Place {
  directory: string;
  account: ServiceAccount | null;
}

/** The cluster inside a data directory. */
export function clusterOf(directory: string): string {
  return join(directory, 'postgres');
}

/**
 * Makes the data directory, or finds another one when the application is root and PostgreSQL's account cannot use it.
 *
 * @throws Error when the directory cannot be written, or holds a cluster that cannot be reached
 */
export function prepareDirectory(wanted: string, report: (line: string) => void): Place {
  const directory = resolve(wanted);
  const account = findServiceAccount(clusterOf(directory));
  if (!account) return { directory: prepareOwn(directory), account };
  const fallback = join(FALLBACK_ROOT, fallbackName(directory));
  // Data already in the fallback stay in use, even if the wanted directory has become reachable since.
  if (!holdsCluster(fallback) || holdsCluster(directory)) {
    if (isUsable(directory, account)) return { directory: realpathSync(directory), account };
    if (holdsCluster(directory)) throw unreachable(directory, account);
  }
  report(`The user "${account.name}", as whom PostgreSQL runs, cannot use ${directory}: the data are in ${fallback}.`);
  return prepareFallback(fallback);
}

/** Whether a data directory, or what is used in its place, holds a cluster already. Makes nothing. */
export function holdsData(wanted: string): boolean {
  const directory = resolve(wanted);
  return holdsCluster(directory) || holdsCluster(join(FALLBACK_ROOT, fallbackName(directory)));
}

function prepareOwn(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return realpathSync(directory);
  } catch (error) {
    throw new Error(
      `The data directory ${directory} cannot be written (${errorCode(error) ?? String(error)}). ` +
        'Choose another one with DATA_DIR, change its owner, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

function prepareFallback(directory: string): Place {
  prepareFallbackRoot();
  const account = findServiceAccount(clusterOf(directory));
  if (account && isUsable(directory, account)) return { directory, account };
  throw unreachable(directory, account);
}

/** Makes {@link FALLBACK_ROOT}, and refuses one that somebody else could have prepared. */
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

/** A directory that was made here, or is root's and empty, is opened whatever the umask was; no other one is touched. */
function makeEnterable(directory: string, mode: number): void {
  const isNew = mkdirSync(directory, { recursive: true }) !== undefined;
  const isBlank = isNew || (lstatSync(directory).uid === 0 && readdirSync(directory).length === 0);
  if (isBlank) chmodSync(directory, mode);
}

/** Some mounted file systems refuse or forget owners; PostgreSQL insists on owning its cluster. */
function keepsOwners(directory: string, account: ServiceAccount): boolean {
  const trial = mkdtempSync(join(directory, 'owner-'));
  try {
    lchownSync(trial, account.uid, account.gid);
    return lstatSync(trial).uid === account.uid;
  } finally {
    rmdirSync(trial);
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
  const who = account ? `The user "${account.name}", as whom PostgreSQL runs,` : 'PostgreSQL';
  return new Error(
    `${who} cannot reach ${directory}. Open its parent directories (chmod a+x), choose another DATA_DIR, or set DATABASE_URL.`,
  );
}
