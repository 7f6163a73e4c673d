import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildApplication, type ChildOptions } from './child-application';
import { createClient } from '../src/database/connection';
import {
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from '../src/database/embedded/embedded-postgres';

/** Data directories of one test file, and the servers and applications on them. */
export class ClusterDirectories {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'phaseline-embedded-')));
  private readonly original = join(this.root, 'original');
  private readonly started: EmbeddedPostgres[] = [];
  private readonly children: ChildApplication[] = [];
  private count = 0;

  constructor() {
    chmodSync(this.root, 0o755);
  }

  async makeOriginal(): Promise<void> {
    const postgres = await startEmbeddedPostgres({ directory: this.original, durable: false });
    await postgres.stop();
    // Each copy chooses a port of its own.
    rmSync(join(this.original, 'port'), { force: true });
  }

  /** Returns a path that does not exist yet. */
  empty(): string {
    return join(this.root, `d${++this.count}`);
  }

  /** Returns a directory with a stopped cluster. It is a copy, which takes a tenth of the time of initdb. */
  made(directory = this.empty()): string {
    execFileSync('cp', ['-a', this.original, directory]);
    return directory;
  }

  /** Starts a server from this process. */
  async start(directory: string, more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ directory, durable: false, ...more });
    this.started.push(postgres);
    return postgres;
  }

  /** Starts an application of its own. */
  run(options: ChildOptions): ChildApplication {
    const child = new ChildApplication(options);
    this.children.push(child);
    return child;
  }

  /** Stops all servers and applications. */
  async endAll(): Promise<void> {
    for (const child of this.children.splice(0)) await child.kill();
    for (const postgres of this.started.splice(0)) await postgres.stop();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Returns the rows of one query as arrays, sent on a connection of its own. */
export async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = createClient(url);
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
