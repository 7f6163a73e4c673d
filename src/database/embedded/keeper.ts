import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ensureCluster, type Installation } from './cluster';
import { clusterOf } from './directory';
import { writeSafely } from './files';
import { createClient, findRunningServer, type RunningServer } from './probe';
import { ChildServer, choosePort, ServerGone } from './server';
import { withStartLock } from './start-lock';
import { Watchdog } from './watchdog';

const GIVE_UP_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
// A server that has lived this long was fine: the next trouble is a new one.
const STABLE_MS = 10_000;

/** Keeps one server running: as its owner while it is a child of this process, else as a guest of another application. */
export class ServerKeeper {
  readonly directory: string;
  version = '';
  private readonly cluster: string;
  private readonly watchdog: Watchdog;
  private password = '';
  private port = 0;
  private server?: ChildServer;
  private guestLine?: Client;
  private upSince = 0;
  private troubleSince = Date.now();
  private pause = FIRST_PAUSE_MS;
  private stopping = false;
  private recovery: Promise<void> = Promise.resolve();

  constructor(
    private readonly installation: Installation,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.directory = installation.directory;
    this.cluster = clusterOf(installation.directory);
    this.watchdog = new Watchdog(this.cluster, installation.account);
  }

  get url(): string {
    return this.urlOf(this.port);
  }

  get adopted(): boolean {
    return this.guestLine !== undefined;
  }

  /** Brings the server up for the first time. */
  async start(): Promise<void> {
    try {
      await this.bringUp((error) => error.passing);
      this.troubleSince = Date.now();
    } catch (error) {
      await this.watchdog.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.recovery;
    await this.endGuestLine();
    if (this.server) {
      await this.server.stop();
      this.installation.report('PostgreSQL has stopped.');
    }
    await this.watchdog.stop();
  }

  /** While it ends, the line has to keep the process alive: what is to be done after `stop` would never be. */
  private async endGuestLine(): Promise<void> {
    if (this.guestLine === undefined) return;
    referenced(this.guestLine);
    await this.guestLine.end().catch(() => undefined);
  }

  private urlOf(port: number): string {
    return `postgres://postgres:${this.password}@127.0.0.1:${port}/postgres`;
  }

  /** Tries until a server is there, the application stops, or 30 s have passed since the trouble began. */
  private async bringUp(mayPass: (error: ServerGone) => boolean): Promise<void> {
    const waiting = { report: this.installation.report, cancelled: () => this.stopping };
    while (!this.stopping) {
      try {
        return await withStartLock(this.directory, waiting, () => this.adoptOrLaunch());
      } catch (error) {
        const tryAgain = error instanceof ServerGone && mayPass(error) && Date.now() - this.troubleSince < GIVE_UP_MS;
        if (!tryAgain) throw error;
        this.reportTrouble(error);
        await this.wait();
      }
    }
  }

  private async wait(): Promise<void> {
    await sleep(this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private async adoptOrLaunch(): Promise<void> {
    this.password = await ensureCluster(this.installation);
    const running = await findRunningServer(this.cluster, (port) => this.urlOf(port), this.installation.report);
    if (running && (!this.port || running.port === this.port)) await this.adopt(running);
    else if (running) throw new Error(`PostgreSQL came back on port ${running.port} instead of ${this.port}.`);
    else await this.launch();
    this.upSince = Date.now();
  }

  private async adopt({ port, version }: RunningServer): Promise<void> {
    // An open connection tells at once when the server goes away.
    const line = createClient(this.urlOf(port));
    await line.connect().catch((cause: unknown) => {
      throw new ServerGone('PostgreSQL went away while it was being adopted.', { cause, passing: true });
    });
    unreferenced(line);
    line.once('end', () => this.lost(new ServerGone('The connection to the PostgreSQL of another application ended.')));
    this.guestLine = line;
    this.port = port;
    this.version = version;
    this.installation.report(`Using the PostgreSQL ${version} that another application runs on port ${port}.`);
  }

  private async launch(): Promise<void> {
    const port = this.port || (await choosePort(this.directory));
    this.watchdog.start();
    const server = ChildServer.launch(this.installation, port);
    this.watchdog.guard(server.pid);
    try {
      this.version = await server.ready(this.urlOf(port), this.cluster, this.installation.report);
    } catch (error) {
      await server.stop();
      this.watchdog.guard(0);
      throw error;
    }
    this.become(server, port);
  }

  private become(server: ChildServer, port: number): void {
    this.server = server;
    this.port = port;
    writeSafely(join(this.directory, 'port'), String(port));
    this.installation.report(`PostgreSQL ${this.version} runs on port ${port}, its data are in ${this.directory}.`);
    void server.gone.then((reason) => this.lost(reason));
  }

  private lost(reason: ServerGone): void {
    this.watchdog.guard(0);
    if (this.stopping) return;
    this.server = undefined;
    this.guestLine = undefined;
    this.reportTrouble(reason);
    this.recovery = this.recover().catch((error: unknown) => this.onFailure(asError(error)));
  }

  private reportTrouble({ message }: Error): void {
    const [what = ''] = message.split('\n');
    this.installation.report(`${what} Trying to bring it back; see ${join(this.directory, 'postgres.log')}.`);
  }

  private async recover(): Promise<void> {
    if (Date.now() - this.upSince > STABLE_MS) {
      this.troubleSince = Date.now();
      this.pause = FIRST_PAUSE_MS;
    } else if (Date.now() - this.troubleSince > GIVE_UP_MS) {
      throw new ServerGone('PostgreSQL keeps ending right after its start.');
    }
    await this.wait();
    await this.bringUp(() => true);
  }
}

/** The types of pg lack the method that keeps an idle connection from keeping the process alive, and its reverse. */
function unreferenced(client: Client): void {
  (client as unknown as { unref(): void }).unref();
}

function referenced(client: Client): void {
  (client as unknown as { ref(): void }).ref();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
