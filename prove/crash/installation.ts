import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { urlOfRunning } from '../../src/database/embedded/listen-address';
import { killPostgres, removeDirectory } from '../../testkit/cluster';
import type { ServerProcess } from '../../testkit/server-process';

/** A server and its PostgreSQL, which can be ended with `kill -9`. */
export interface Installation {
  /** The server's current address. */
  readonly origin: string;
  readonly databaseUrl: string;
  /** Kills the server and starts it again, as a supervisor does. */
  killServer(): Promise<void>;
  /** Kills PostgreSQL, which its keeper restarts. */
  killDatabase(): void;
  close(): Promise<void>;
}

/** A server that is started again after it was killed. */
class SupervisedServer {
  private constructor(
    private readonly start: () => Promise<ServerProcess>,
    private server: ServerProcess,
  ) {}

  static async run(start: () => Promise<ServerProcess>): Promise<SupervisedServer> {
    return new SupervisedServer(start, await start());
  }

  get origin(): string {
    return this.server.origin;
  }

  /** The server's output so far. */
  get output(): string {
    return this.server.output();
  }

  async kill(): Promise<void> {
    await this.server.stop('SIGKILL');
    this.server = await this.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

/** Phaseline as `npm start` runs it, with an embedded PostgreSQL that it keeps running itself. */
export class EmbeddedInstallation implements Installation {
  private constructor(
    private readonly server: SupervisedServer,
    private readonly directory: string,
    private readonly temporary: string,
  ) {}

  static async open(
    start: (settings: Readonly<Record<string, string>>) => Promise<ServerProcess>,
  ): Promise<EmbeddedInstallation> {
    const temporary = mkdtempSync(join(tmpdir(), 'phaseline-prove-'));
    try {
      const server = await SupervisedServer.run(() => start({ DATA_DIR: temporary }));
      return new EmbeddedInstallation(server, dataDirectoryIn(server.output) ?? temporary, temporary);
    } catch (error) {
      removeDirectory(temporary);
      throw error;
    }
  }

  get origin(): string {
    return this.server.origin;
  }

  get databaseUrl(): string {
    return urlOfRunning(this.directory);
  }

  killServer(): Promise<void> {
    return this.server.kill();
  }

  killDatabase(): void {
    killPostgres(this.directory);
  }

  async close(): Promise<void> {
    await this.server.stop();
    for (const directory of [this.directory, this.temporary]) removeDirectory(directory);
  }
}

/** Finds the data directory that the server reports where PostgreSQL's account cannot use the given one. */
function dataDirectoryIn(output: string): string | undefined {
  return /\bdata (?:are )?in (\/.+)\.$/m.exec(output)?.[1];
}

/** The control group on a PostgreSQL that another process keeps running. */
export class ExternalInstallation implements Installation {
  private constructor(
    private readonly server: SupervisedServer,
    readonly databaseUrl: string,
    readonly killDatabase: () => void,
  ) {}

  static async open(
    start: () => Promise<ServerProcess>,
    databaseUrl: string,
    killDatabase: () => void,
  ): Promise<ExternalInstallation> {
    return new ExternalInstallation(await SupervisedServer.run(start), databaseUrl, killDatabase);
  }

  get origin(): string {
    return this.server.origin;
  }

  killServer(): Promise<void> {
    return this.server.kill();
  }

  close(): Promise<void> {
    return this.server.stop();
  }
}
