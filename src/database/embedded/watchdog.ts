import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { runAs, type ServiceAccount } from './data-directory';

const RESPAWN_MS = 1_000;

// JavaScript in a string, so that it runs from a build as well as under a test transform.
// Its standard input ends when the application ends, for whatever reason. The last line of it is the process to stop.
// The first line is an argument, because the application may be killed before it writes one.
const PROGRAM = `
const { readFileSync } = require('node:fs');
const [cluster, guarded, uid, gid] = process.argv.slice(1);
process.title = 'phaseline-watchdog ' + cluster;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
if (uid) { process.setgroups([]); process.setgid(Number(gid)); process.setuid(Number(uid)); }
let input = guarded + '\\n';
process.stdin.on('data', (chunk) => { input = (input + chunk).slice(-100); });
process.stdin.on('end', () => {
  const pid = Number(input.trim().split('\\n').at(-1));
  const lock = cluster + '/postmaster.pid';
  const send = (signal) => { try { return process.kill(pid, signal); } catch { return false; } };
  if (!pid || !send('SIGINT')) process.exit();
  // In a container without an init process the ended server remains a zombie, so the lock file is read as well.
  const runs = () => { try { return send(0) && parseInt(readFileSync(lock, 'utf8')) === pid; } catch { return false; } };
  const started = performance.now();
  setInterval(() => {
    if (!runs()) process.exit();
    if (performance.now() - started > 20000) { send('SIGQUIT'); process.exit(); }
  }, 100);
});
`;

/** A separate process that stops PostgreSQL when the application ends without doing so, even after SIGKILL. */
export class Watchdog {
  private child?: ChildProcess;
  private guarded = 0;
  private ended = false;

  constructor(
    private readonly cluster: string,
    private readonly account: ServiceAccount | null,
  ) {}

  /** Starts the process unless it runs. It must run before the server starts, so that the server is always guarded. */
  start(): void {
    if (this.child || this.ended) return;
    const identity = this.account ? [String(this.account.uid), String(this.account.gid)] : [];
    const { env } = runAs(null);
    const child = spawn(process.execPath, ['-e', PROGRAM, this.cluster, String(this.guarded), ...identity], {
      cwd: '/',
      env: { ...env, NODE_OPTIONS: '' },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true, // Ctrl-C reaches the whole process group, and the watchdog must outlive the application.
    });
    child.once('error', () => this.replace(child));
    child.once('exit', () => this.replace(child));
    child.stdin?.on('error', () => undefined);
    child.unref();
    (child.stdin as unknown as { unref(): void } | null)?.unref();
    this.child = child;
  }

  /** Sets the process to stop; 0 for none. */
  guard(pid: number): void {
    this.guarded = pid;
    this.child?.stdin?.write(`${pid}\n`);
  }

  /** Ends the watchdog without stopping PostgreSQL. */
  async stop(): Promise<void> {
    this.ended = true;
    const child = this.child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = once(child, 'exit');
    child.stdin?.end('0\n');
    await gone;
  }

  private replace(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (!this.ended) setTimeout(() => this.start(), RESPAWN_MS).unref();
  }
}
