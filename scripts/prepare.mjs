// Installs dependencies and builds, where that is missing or out of date: node scripts/prepare.mjs STEP... [--quiet]
//
//   run      what the programs in dist/ need: a current build, and at least the packages that `npm ci --omit=dev` installs
//   install  every dependency
//   build    dist/
//   rebuild  dist/, even where it is current
//
// The script runs before anything is installed, so it imports Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STAMP = '.phaseline-stamp';
const LOCK = '.phaseline-lock';
const POLL_MS = 200;
// A process that is killed right after it made the lock leaves one without a process id.
const NAMELESS_LOCK_MS = 5_000;
const BUILD_INPUTS = ['src', 'migrations', 'bench', 'prove', 'testkit', 'ormconfig.ts', 'package-lock.json'];

// Standard output belongs to the command that follows.
const say = (line) => console.error(line);

/** An expected failure, reported without its stack. */
class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const TASKS = {
  install: {
    stamp: join('node_modules', STAMP),
    fingerprint: installFingerprint,
    isComplete: () => hasPackages({ dev: true }),
    before: 'Installing dependencies.',
    after: 'Installed dependencies',
    run: () => run('npm ci', ...npmCommand(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
  },
  build: {
    stamp: join('dist', STAMP),
    fingerprint: buildFingerprint,
    isComplete: () => true,
    before: 'Building.',
    after: 'Built',
    run: build,
  },
};

/** Covers what decides the contents of node_modules. Changed scripts in package.json do not. */
function installFingerprint() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];
  return createHash('sha256')
    .update(readFileSync('package-lock.json'))
    .update(JSON.stringify(sections.map((name) => manifest[name] ?? null)))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
}

/**
 * True when node_modules holds every required package at the version of package-lock.json. npm keeps a list of what it
 * installed beside the packages.
 */
function hasPackages({ dev }) {
  const list = join('node_modules', '.package-lock.json');
  if (!existsSync(list)) return false;
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
  const locked = Object.entries(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages);
  return locked
    .filter(([path, { optional, devOptional }]) => path !== '' && !optional && !devOptional)
    .filter(([, entry]) => dev || !entry.dev)
    .every(([path, { version }]) => installed[path]?.version === version);
}

function buildFingerprint() {
  const configurations = readdirSync('.').filter((name) => /^tsconfig.*\.json$/.test(name));
  const hash = createHash('sha256');
  for (const file of [...BUILD_INPUTS, ...configurations].flatMap(filesOf).sort()) {
    const content = readFileSync(file);
    hash.update(`${file.replaceAll('\\', '/')} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The npm that started this script if there is one; `npm_execpath` may also be another package manager. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script && /^npm(-cli)?\.c?js$/.test(basename(script)) ? [process.execPath, script] : ['npm'];
}

function build() {
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(compiler))
    throw new Failure('The build needs the dependencies. Run "node scripts/prepare.mjs install".');
  // The stamp goes with the folder, so an interrupted build is repeated.
  rmSync('dist', { recursive: true, force: true });
  run('The build', process.execPath, compiler, '-p', 'tsconfig.build.json');
}

function run(what, command, ...args) {
  // npm is a .cmd file on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, signal, error } = spawnSync(command, args, { stdio: ['inherit', 2, 'inherit'], shell });
  if (error) throw new Failure(`${what} could not be started: ${error.message}`);
  if (status !== 0) throw new Failure(`${what} failed (${signal ?? `exit code ${status}`}).`, status ?? 1);
}

function isStale({ stamp, fingerprint, isComplete }) {
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint() || !isComplete();
}

/** True when the programs in dist/ can run. A copy without the sources has nothing to compare its build with. */
function canRun() {
  const isBuilt = existsSync('src') ? !isStale(TASKS.build) : existsSync(TASKS.build.stamp);
  return isBuilt && (hasPackages({ dev: false }) || !isStale(TASKS.install));
}

function execute(task) {
  say(task.before);
  const started = Date.now();
  // Computed first, so that a change during the task counts as a change.
  const fingerprint = task.fingerprint();
  task.run();
  mkdirSync(dirname(task.stamp), { recursive: true });
  writeFileSync(task.stamp, fingerprint);
  say(`${task.after} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Runs `work` alone: two of these in one folder would delete each other's files. */
async function withLock(work) {
  for (let waits = 0; !takeLock(); waits++) {
    breakAbandonedLock();
    if (waits === 0 && existsSync(LOCK))
      say(`Waiting for process ${lockHolder() || '?'}, which is preparing this folder (lock: ${LOCK}).`);
    await sleep(existsSync(LOCK) ? POLL_MS : 0);
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function takeLock() {
  try {
    mkdirSync(LOCK);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Failure(`Cannot install or build in ${process.cwd()}: the folder is not writable (${error.code}).`);
  }
  writeFileSync(join(LOCK, 'pid'), String(process.pid));
  return true;
}

function lockHolder() {
  try {
    return Number(readFileSync(join(LOCK, 'pid'), 'utf8'));
  } catch {
    return 0;
  }
}

function breakAbandonedLock() {
  const holder = lockHolder();
  const made = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (holder ? isAlive(holder) : Date.now() - made < NAMELESS_LOCK_MS) return;
  const broken = `${LOCK}.${process.pid}`;
  try {
    // The rename succeeds for one of the waiting processes only.
    renameSync(LOCK, broken);
    rmSync(broken, { recursive: true, force: true });
  } catch {
    // Another process has removed it.
  }
}

function isAlive(pid) {
  if (pid === process.pid) return false; // This process has been given the id of a dead holder.
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Reads the versions from package.json: ranges such as `^20.19.0` and `>=23.0.0`, joined by `||`. */
function requireNode() {
  const { node: supported } = JSON.parse(readFileSync('package.json', 'utf8')).engines;
  const current = process.versions.node;
  const [major] = current.split('.');
  const isSupported = supported.split(' || ').some((range) => {
    const [, operator, least] = /^(\^|>=)(.+)$/.exec(range);
    return compareVersions(current, least) >= 0 && (operator === '>=' || least.split('.')[0] === major);
  });
  if (!isSupported) throw new Failure(`Phaseline does not run on Node ${current}. Install a version of ${supported}.`);
}

function compareVersions(one, other) {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** The tasks that the steps of the command line ask for and that are due. */
function dueTasks(steps) {
  const isAsked = (...names) => names.some((name) => steps.includes(name));
  const isDue = (name) => isAsked(name) && isStale(TASKS[name]);
  const mustRun = isAsked('run') && !canRun();
  return [
    ...((mustRun && isStale(TASKS.install)) || isDue('install') ? [TASKS.install] : []),
    ...((mustRun && isStale(TASKS.build)) || isDue('build') || isAsked('rebuild') ? [TASKS.build] : []),
  ];
}

async function main() {
  process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
  requireNode();
  const steps = process.argv.slice(2).filter((argument) => argument !== '--quiet');
  const unknown = steps.find((name) => !['run', 'install', 'build', 'rebuild'].includes(name));
  if (unknown) throw new Failure(`Unknown step "${unknown}". Use run, install, build or rebuild, and --quiet.`);
  if (dueTasks(steps).length === 0) {
    if (!process.argv.includes('--quiet')) say('Everything is up to date.');
    return;
  }
  // Computed again under the lock: another process may have done the work meanwhile.
  await withLock(() => dueTasks(steps).forEach(execute));
}

main().catch((error) => {
  say(error instanceof Failure ? error.message : `Cannot install or build: ${error.message}`);
  process.exitCode = error.exitCode ?? 1;
});
