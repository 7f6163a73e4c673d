import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type DatabaseClient } from '../connection';
import { findBinaries } from './binaries';
import { ensureCluster, type Installation } from './cluster';
import { clusterOf, prepareDirectory } from './data-directory';
import { chooseAddress, urlOf } from './listen-address';
import type { ListenAddress } from './lock-file';
import { PostgresServer, ServerGone } from './server';
import { findRunningServer, withStartLock, type RunningServer } from './shared-directory';
import { Watchdog } from './watchdog';

const GIVE_UP_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
// A failure after this time is a new one, with a time limit of its own.
const STABLE_MS = 10_000;

/** A running PostgreSQL server for one data directory. */
export interface EmbeddedPostgres {
  /** URL with the password, for the user and database `postgres`. It does not change while the application runs. */
  readonly url: string;
  /** Directory that holds the data. */
  readonly directory: string;
  /** True while the server is a child of another application; false once this application has started it. */
  readonly adopted: boolean;
  readonly version: string;
  /** Stops the server and waits for its end. An adopted server keeps running. */
  stop(): Promise<void>;
}

/** Options of {@link startEmbeddedPostgres}. */
export interface EmbeddedOptions {
  /** Data directory: cluster, password, socket and log. */
  directory: string;
  /** Defaults to `true`. `false` syncs nothing to disk, for temporary clusters of tests. */
  durable?: boolean;
  /** Receives a line for each step. */
  report?: (line: string) => void;
  /** Called when the server has ended and could not be restarted within 30 seconds. */
  onFailure?: (error: Error) => void;
  /** Additional PostgreSQL settings, which override the defaults. */
  settings?: Record<string, string>;
}

/**
 * Starts a private PostgreSQL, or adopts the server that another application runs on the same directory. It listens on a
 * socket in the data directory, or on a port of 127.0.0.1 where a socket is impossible. The server is restarted there when it
 * ends, and stops when the application ends, for whatever reason.
 *
 * @throws Error with the remedy, when no server can be started
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { durable = true, report = () => undefined, onFailure = () => undefined, settings = {} } = options;
  const data = prepareDirectory(options.directory, report);
  const binaries = findBinaries(data, report);
  const installation: Installation = { ...data, binaries, durable, settings, report };
  const keeper = new ServerKeeper(installation, onFailure);
  await keeper.start();
  return keeper;
}

/** Keeps one server running, either as a child of this process or as an adopted server of another application. */
class ServerKeeper implements EmbeddedPostgres {
  readonly directory: string;
  version = '';
  private readonly cluster: string;
  private readonly watchdog: Watchdog;
  private password = '';
  private address?: ListenAddress;
  private server?: PostgresServer;
  private adoptedConnection?: DatabaseClient;
  private startedAt = 0;
  private failingSince = performance.now();
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
    return this.address === undefined ? '' : this.urlAt(this.address);
  }

  get adopted(): boolean {
    return this.adoptedConnection !== undefined;
  }

  async start(): Promise<void> {
    try {
      await this.startOrAdopt((error) => error.isTemporary);
      this.failingSince = performance.now();
    } catch (error) {
      await this.watchdog.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.recovery;
    await this.endAdoptedConnection();
    if (this.server) {
      await this.server.stop();
      this.installation.report('PostgreSQL has stopped.');
    }
    await this.watchdog.stop();
  }

  /** Keeps the process alive until the connection has ended; otherwise `stop` would never return. */
  private async endAdoptedConnection(): Promise<void> {
    if (this.adoptedConnection === undefined) return;
    setReferenced(this.adoptedConnection, true);
    await this.adoptedConnection.end().catch(() => undefined);
  }

  private urlAt(address: ListenAddress): string {
    return urlOf(address, this.directory, this.password);
  }

  /** Retries until a server runs, the application stops, or 30 s have passed since the first failure. */
  private async startOrAdopt(isTemporary: (error: ServerGone) => boolean): Promise<void> {
    const { report } = this.installation;
    const isCancelled = (): boolean => this.stopping;
    while (!this.stopping) {
      try {
        return await withStartLock(this.directory, report, isCancelled, () => this.adoptOrLaunch());
      } catch (error) {
        const isDue =
          error instanceof ServerGone && isTemporary(error) && performance.now() - this.failingSince < GIVE_UP_MS;
        if (!isDue) throw error;
        this.reportFailure(error);
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
    const running = await findRunningServer(this.cluster, (place) => this.urlAt(place), this.installation.report);
    if (running === undefined) await this.launch();
    else if (this.address === undefined || isSame(running.address, this.address)) await this.adopt(running);
    else throw new Error(`PostgreSQL restarted on ${nameOf(running.address)} instead of ${nameOf(this.address)}.`);
    this.startedAt = performance.now();
  }

  private async adopt({ address, version }: RunningServer): Promise<void> {
    // The open connection ends as soon as the server does.
    const connection = createClient(this.urlAt(address));
    await connection.connect().catch((cause: unknown) => {
      throw new ServerGone('PostgreSQL ended while it was being adopted.', { cause, isTemporary: true });
    });
    setReferenced(connection, false);
    connection.once('end', () => this.lost(new ServerGone('The PostgreSQL of another application ended.')));
    this.adoptedConnection = connection;
    this.address = address;
    this.version = version;
    this.installation.report(`Using the PostgreSQL ${version} that another application runs in ${this.directory}.`);
  }

  private async launch(): Promise<void> {
    const { report } = this.installation;
    const address = await chooseAddress(this.installation, report, this.address);
    this.watchdog.start();
    const server = PostgresServer.launch(this.installation, address);
    this.watchdog.guard(server.pid);
    try {
      this.version = await server.ready(this.urlAt(address), this.cluster, report);
    } catch (error) {
      await server.stop();
      this.watchdog.guard(0);
      throw error;
    }
    this.server = server;
    this.address = address;
    report(`PostgreSQL ${this.version} runs with its data in ${this.directory}.`);
    void server.gone.then((reason) => this.lost(reason));
  }

  private lost(reason: ServerGone): void {
    this.watchdog.guard(0);
    if (this.stopping) return;
    this.server = undefined;
    this.adoptedConnection = undefined;
    this.reportFailure(reason);
    this.recovery = this.recover().catch((error: unknown) => this.onFailure(asError(error)));
  }

  private reportFailure({ message }: Error): void {
    const [summary = ''] = message.split('\n');
    this.installation.report(`${summary} Restarting it; see ${join(this.directory, 'postgres.log')}.`);
  }

  private async recover(): Promise<void> {
    if (performance.now() - this.startedAt > STABLE_MS) {
      this.failingSince = performance.now();
      this.pause = FIRST_PAUSE_MS;
    } else if (performance.now() - this.failingSince > GIVE_UP_MS) {
      throw new ServerGone('PostgreSQL keeps ending right after its start.');
    }
    await this.wait();
    await this.startOrAdopt(() => true);
  }
}

function isSame(one: ListenAddress, other: ListenAddress): boolean {
  return one.host === other.host && one.port === other.port;
}

function nameOf({ host, port }: ListenAddress): string {
  return `${host}:${port}`;
}

/** Sets whether an idle connection keeps the process alive. The types of pg lack these methods. */
function setReferenced(client: DatabaseClient, isReferenced: boolean): void {
  const connection = client as unknown as { ref(): void; unref(): void };
  if (isReferenced) connection.ref();
  else connection.unref();
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
