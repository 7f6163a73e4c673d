import { randomBytes } from 'node:crypto';
import { chmodSync, lchownSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { clusterOf, type DataDirectory } from './data-directory';
import { errorCode, readIfThere, writeSafely } from './files';
import { isAlive, isServerOf, readLockFile, type ListenAddress } from './lock-file';

/** A part of the socket's file name only. PostgreSQL's default, so that its own programs find the socket, too. */
const SOCKET_PORT = 5432;

/** The length of a socket's path is limited to 103 bytes on macOS and 107 on Linux. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Prepares the place where the server will listen: a socket that only the owner of the cluster can reach. Where a socket is
 * impossible, it is a port of 127.0.0.1, to which every user of the machine can connect.
 *
 * @param report receives the reason why a socket is impossible
 * @param previous the place of the server that a restart replaces; it must not change, because connections know it
 */
export async function chooseAddress(
  data: DataDirectory,
  report: (line: string) => void,
  previous?: ListenAddress,
): Promise<ListenAddress> {
  if (previous !== undefined && !previous.host.startsWith('/')) return previous;
  const impossible = await prepareSocket(data);
  if (impossible === undefined) {
    rmSync(portFile(data), { force: true });
    return { host: socketDirectoryOf(data), port: SOCKET_PORT };
  }
  if (previous !== undefined) throw new Error(`PostgreSQL cannot listen again, because ${impossible}.`);
  report(`PostgreSQL listens on a port of 127.0.0.1, because ${impossible}.`);
  const port = await choosePort(portFile(data));
  writeSafely(portFile(data), String(port));
  return { host: '127.0.0.1', port };
}

/** Returns the URL of the embedded server for the user and database `postgres`. Only a server with its password is accepted. */
export function urlOf({ host, port }: ListenAddress, directory: string, password: string): string {
  const parameters = new URLSearchParams({
    sslmode: 'disable',
    require_auth: 'scram-sha-256',
    data_directory: clusterOf(directory),
  });
  return `postgres://postgres:${password}@${encodeURIComponent(host)}:${port}/postgres?${parameters}`;
}

/** Returns the URL of the server that runs on a data directory, for a program that does not start one. */
export function urlOfRunning(directory: string): string {
  const password = readIfThere(join(directory, 'password'))?.trim() ?? '';
  return urlOf(readLockFile(clusterOf(directory)).address, directory, password);
}

/** Returns the PostgreSQL settings that make a server listen there and nowhere else. */
export function settingsOf({ host, port }: ListenAddress): Record<string, string> {
  if (!host.startsWith('/')) return { port: String(port), listen_addresses: host, unix_socket_directories: '' };
  // The value is a list, whose items are quoted.
  const directories = `"${host.replaceAll('"', '""')}"`;
  const socket = { unix_socket_directories: directories, unix_socket_permissions: '0700' };
  return { port: String(port), listen_addresses: '', ...socket };
}

function socketDirectoryOf({ directory }: DataDirectory): string {
  return join(directory, 'socket');
}

function portFile({ directory }: DataDirectory): string {
  return join(directory, 'port');
}

/** Creates the directory of the socket. Returns the reason when the server cannot listen there. */
async function prepareSocket(data: DataDirectory): Promise<string | undefined> {
  if (process.platform === 'win32') return 'Windows has no Unix sockets';
  const directory = socketDirectoryOf(data);
  const length = Buffer.byteLength(join(directory, `.s.PGSQL.${SOCKET_PORT}`));
  if (length > LONGEST_SOCKET_PATH) return `the path of a socket in ${directory} would be too long (${length} bytes)`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700); // Whatever the umask is.
    if (data.account) lchownSync(directory, data.account.uid, data.account.gid);
    const { uid, mode } = lstatSync(directory);
    const owner = data.account?.uid ?? process.getuid?.();
    if (uid !== owner || (mode & 0o077) !== 0) return `the file system of ${directory} stores no permissions`;
    removeStaleSocket(directory, clusterOf(data.directory));
    await listenOnce(join(directory, `.${randomBytes(4).toString('hex')}`));
    return undefined;
  } catch (error) {
    return `no socket can be made in ${directory} (${errorCode(error) ?? String(error)})`;
  }
}

/** Removes the files of a killed server that PostgreSQL would take for those of a running one, or could not read. */
function removeStaleSocket(directory: string, cluster: string): void {
  const socket = join(directory, `.s.PGSQL.${SOCKET_PORT}`);
  const pid = parseInt(readIfThere(`${socket}.lock`) ?? '');
  const isReused = isAlive(pid) && !isServerOf(pid, cluster);
  if (!isReused && !Number.isNaN(pid)) return;
  for (const file of [socket, `${socket}.lock`]) rmSync(file, { force: true });
}

function listenOnce(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(path, () => server.close(() => resolve()));
  });
}

/** Returns the port of the last start if it is free, otherwise any free port. */
async function choosePort(file: string): Promise<number> {
  const remembered = Number(readIfThere(file) ?? 0);
  const valid = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536;
  return (valid && (await findFree(remembered))) || (await findFree(0)) || choosePort(file);
}

function findFree(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
}
