// What `npm start` and `npm test` need before anything is installed: node scripts/prepare.mjs [install] [build] [--quiet]
// Installs and builds what is missing or stale, and does nothing otherwise. Only Node's own modules may be used here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = [20, 19];
const STAMP = '.phaseline-stamp';
const LOCK = '.phaseline-lock';
const POLL_MS = 200;
// A lock without a process id is one whose holder was killed within the instant of making it.
const NAMELESS_LOCK_MS = 5_000;
const BUILD_INPUTS = ['src', 'migrations', 'bench', 'prove', 'testkit', 'ormconfig.ts', 'nest-cli.json', 'package-lock.json'];

// All of it goes to the error stream: what is printed on the other one may be the output of the command that follows.
const say = (line) => console.error(line);

/** A failure that has been explained; its stack would help nobody. */
class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const steps = {
  install: {
    stamp: join('node_modules', STAMP),
    fingerprint: installFingerprint,
    before: 'Installing dependencies.',
    after: 'Installed dependencies',
    run: () => run('npm ci', ...npmCommand(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'),
  },
  build: {
    stamp: join('dist', STAMP),
    fingerprint: buildFingerprint,
    before: 'Building.',
    after: 'Built',
    run: build,
  },
};

/** Everything that decides what lands in node_modules; a changed script in package.json does not. */
function installFingerprint() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];
  return createHash('sha256')
    .update(readFileSync('package-lock.json'))
    .update(JSON.stringify(sections.map((name) => manifest[name] ?? null)))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
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
  const nest = nestCommand();
  // Without its stamp a build that is interrupted will be done again; npm ci removes its own with the folder.
  rmSync(join('dist', STAMP), { force: true });
  run('The build', process.execPath, nest, 'build', '-p', 'tsconfig.build.json');
}

function nestCommand() {
  const script = join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  if (existsSync(script)) return script;
  throw new Failure('The build needs the dependencies: run "node scripts/prepare.mjs install" first.');
}

function run(what, command, ...args) {
  // npm is a .cmd file on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, signal, error } = spawnSync(command, args, { stdio: ['inherit', 2, 'inherit'], shell });
  if (error) throw new Failure(`${what} could not be started: ${error.message}`);
  if (status !== 0) throw new Failure(`${what} failed (${signal ?? `exit code ${status}`}).`, status ?? 1);
}

function isStale(step) {
  return !existsSync(step.stamp) || readFileSync(step.stamp, 'utf8') !== step.fingerprint();
}

function execute(step) {
  say(step.before);
  const started = Date.now();
  // Taken first: what changes while the step runs must count as a change.
  const fingerprint = step.fingerprint();
  step.run();
  mkdirSync(dirname(step.stamp), { recursive: true });
  writeFileSync(step.stamp, fingerprint);
  say(`${step.after} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Two of these at once in one folder would delete each other's files. */
async function withLock(work) {
  for (let waits = 0; !takeLock(); waits++) {
    breakAbandonedLock();
    if (waits === 0 && existsSync(LOCK))
      say(`Waiting for process ${lockHolder() || '?'}, which is preparing this folder (its lock: ${LOCK}).`);
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
    throw new Failure(`This folder cannot be written (${error.code}), and it is not ready: ${process.cwd()}`);
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
    // Of several that wait, the rename lets only one have the dead lock.
    renameSync(LOCK, broken);
    rmSync(broken, { recursive: true, force: true });
  } catch {
    // Somebody else was faster.
  }
}

function isAlive(pid) {
  if (pid === process.pid) return false; // The id of a dead holder has come round to this very process.
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Failure(`Phaseline needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

async function main() {
  requireNode();
  process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
  const wanted = process.argv.slice(2).filter((argument) => argument !== '--quiet');
  const unknown = wanted.find((name) => !Object.hasOwn(steps, name));
  if (unknown) throw new Failure(`Unknown step "${unknown}": expected install, build or --quiet.`);
  const chosen = ['install', 'build'].filter((name) => wanted.includes(name)).map((name) => steps[name]);
  if (!chosen.some(isStale)) {
    if (!process.argv.includes('--quiet')) say('Everything is up to date.');
    return;
  }
  // Asked again under the lock: another process may have done it meanwhile.
  await withLock(() => chosen.forEach((step) => isStale(step) && execute(step)));
}

main().catch((error) => {
  say(error instanceof Failure ? error.message : `Preparing failed: ${error.message}`);
  process.exitCode = error.exitCode ?? 1;
});
