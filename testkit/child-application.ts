import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EmbeddedOptions } from '../src/database/embedded/embedded-postgres';
import { eventually } from './eventually';

/** The line that the application prints when its database accepts connections. */
export interface Ready {
  url: string;
  directory: string;
  adopted: boolean;
  version: string;
}

interface Printed {
  ready?: Ready;
  report?: string;
  failure?: string;
  error?: string;
}

/** Options of the child process. */
export interface ChildOptions extends Pick<EmbeddedOptions, 'directory' | 'durable' | 'settings'> {
  packageMissing?: boolean;
  uid?: number;
  /** A shell command that runs first, in a mount namespace of its own. */
  inNamespace?: string;
}

/** An application with an embedded PostgreSQL in a process of its own, which a test can kill. */
export class ChildApplication {
  readonly printed: Printed[] = [];
  private readonly child: ChildProcess;

  constructor({ uid, inNamespace, ...options }: ChildOptions) {
    const script = join(__dirname, 'embedded-application.cjs');
    const node = [process.execPath, script, JSON.stringify({ durable: false, ...options })];
    const wrapped = ['unshare', '--mount', 'sh', '-c', `${inNamespace} && exec "$@"`, 'sh', ...node];
    const [command = '', ...args] = inNamespace ? wrapped : node;
    this.child = spawn(command, args, { uid, gid: uid, stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.printed.push(JSON.parse(line) as Printed));
  }

  /** Waits for the first printed line for which `pick` returns a value. */
  async find<T>(pick: (line: Printed) => T | undefined): Promise<T> {
    return eventually(() => this.printed.map(pick).find((found) => found !== undefined));
  }

  async ready(): Promise<Ready> {
    const outcome = await this.find(({ ready, error }) => ready ?? error);
    if (typeof outcome === 'string') throw new Error(outcome);
    return outcome;
  }

  async reported(pattern: RegExp): Promise<string> {
    return this.find(({ report }) => (report && pattern.test(report) ? report : undefined));
  }

  async kill(): Promise<void> {
    await this.end(() => this.child.kill('SIGKILL'));
  }

  async stop(): Promise<void> {
    await this.end(() => this.child.stdin?.write('stop\n'));
  }

  private async end(how: () => void): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    how();
    await gone;
  }
}

/** Returns the processes whose command line contains the directory. Linux only. */
export function processesOf(directory: string): string[] {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => `${pid} ${commandLine(pid)}`);
  const named = new RegExp(`${directory}(?!\\d)`);
  return lines.filter((line) => named.test(line));
}

function commandLine(pid: string): string {
  try {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\0', ' ').trim() : '';
  } catch {
    return '';
  }
}
