import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildServer } from '../../src/terminal/child-server';
import { killPostgres, removeDirectory } from '../cluster';
import { startServer, type Program } from '../server-process';

/** An installation whose parts can be ended with `kill -9`. */
export interface CrashSite {
  /** Where the application listens now. */
  readonly origin: string;
  readonly databaseUrl: string;
  /** Kills the application and starts it again, as a supervisor would. */
  killApplication(): Promise<void>;
  /** Kills PostgreSQL. Nobody but whoever keeps it brings it back. */
  killDatabase(): void;
  close(): Promise<void>;
}

/** An application that is started again when it was killed. */
abstract class Supervised {
  private server?: ChildServer;

  protected constructor(
    private readonly program: Program,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  get origin(): string {
    return this.server!.origin;
  }

  async killApplication(): Promise<void> {
    await this.server!.stop('SIGKILL');
    await this.start();
  }

  protected async start(): Promise<string> {
    this.server = await startServer(this.program, this.settings);
    return this.server.banner;
  }

  protected async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** Phaseline as `npm start` runs it, with an embedded PostgreSQL that it keeps itself. */
export class InstallationSite extends Supervised implements CrashSite {
  private directory = '';

  static async open(): Promise<InstallationSite> {
    const temporary = mkdtempSync(join(tmpdir(), 'phaseline-prove-'));
    const site = new InstallationSite(temporary);
    try {
      // The directory is another one where PostgreSQL's account could not use the temporary one.
      site.directory = /with its data in (.+)\.$/m.exec(await site.start())?.[1] ?? temporary;
    } catch (error) {
      removeDirectory(temporary);
      throw error;
    }
    return site;
  }

  private constructor(private readonly temporary: string) {
    super('Phaseline', { DATA_DIR: temporary });
  }

  get databaseUrl(): string {
    const [password, port] = ['password', 'port'].map((name) =>
      readFileSync(join(this.directory, name), 'utf8').trim(),
    );
    return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  }

  killDatabase(): void {
    killPostgres(this.directory);
  }

  async close(): Promise<void> {
    await this.stop();
    for (const directory of [this.directory, this.temporary]) removeDirectory(directory);
  }
}

/** The control group on a PostgreSQL that somebody else keeps. */
export class ControlSite extends Supervised implements CrashSite {
  static async open(databaseUrl: string, killDatabase: () => void): Promise<ControlSite> {
    const site = new ControlSite(databaseUrl, killDatabase);
    await site.start();
    return site;
  }

  private constructor(
    readonly databaseUrl: string,
    readonly killDatabase: () => void,
  ) {
    super('control group', { DATABASE_URL: databaseUrl });
  }

  close(): Promise<void> {
    return this.stop();
  }
}
