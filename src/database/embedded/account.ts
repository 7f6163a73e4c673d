import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The account PostgreSQL runs as when the application is root, which PostgreSQL refuses to be. */
export interface ServiceAccount {
  name: string;
  uid: number;
  gid: number;
}

const PREFERRED_NAMES = ['postgres', 'node', 'nobody'];

/**
 * Who PostgreSQL runs as: `null` means as the application itself.
 *
 * @param cluster the cluster's directory; its owner comes first, because nobody else could open it
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
    'PostgreSQL refuses to run as root, and none of the users postgres, node and nobody is in /etc/passwd. ' +
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

/** Spawn options of a PostgreSQL program: the account, a working directory everybody may enter, no foreign settings. */
export function runAs(account: ServiceAccount | null): SpawnIdentity {
  // PGPORT, PGDATA and the like would overrule what is asked for here; messages are matched in English.
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('PG'));
  const env = { ...process.env, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' };
  for (const name of foreign) delete (env as NodeJS.ProcessEnv)[name];
  return account ? { cwd: '/', env, uid: account.uid, gid: account.gid } : { cwd: '/', env };
}

/** What {@link runAs} gives to spawn. */
export interface SpawnIdentity {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
}

/** Whether the account may pass through every directory down to `directory`, by the permission bits. */
export function canEnter(account: ServiceAccount, directory: string): boolean {
  for (let current = realpathSync(directory); ; current = dirname(current)) {
    const { uid, gid, mode } = statSync(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === dirname(current)) return true;
  }
}
