import { join } from 'node:path';
import type { TemporaryCluster } from '../testkit/cluster';
import { BUILD } from '../testkit/build';
import { HttpClient } from '../testkit/http-client';
import type { OpenApi } from '../testkit/openapi-contract';
import { startIsolatedServer, type ServerProcess } from '../testkit/server-process';
import { auditDatabase } from './audit';
import { removeSafeguards } from './control/store';
import { EmbeddedInstallation, ExternalInstallation, type Installation } from './crash/installation';
import { PropertyResults } from './properties';

/** The attacked servers. */
export type TargetName = 'Phaseline' | 'control group';

const SCRIPTS: Readonly<Record<TargetName, string>> = {
  Phaseline: join(BUILD, 'src/main.js'),
  'control group': join(BUILD, 'prove/control/server.js'),
};

/** Servers on one database, each a process of its own. */
export interface Deployment {
  readonly client: HttpClient;
  /** At least one. */
  readonly origins: readonly [string, ...string[]];
  readonly databaseUrl: string;
}

/** Phaseline, or the control group, which implements the same API; and the results of the attacks on it. */
export class Target {
  readonly results = new PropertyResults();
  readonly client = new HttpClient();
  private readonly servers: ServerProcess[] = [];
  private readonly databases = new Map<string, string>();
  private readonly unaudited = new Set<string>();
  private readonly installations: Promise<Installation>[] = [];

  constructor(
    readonly name: TargetName,
    private readonly cluster: TemporaryCluster,
    readonly log: (line: string) => void,
  ) {}

  /** Starts servers that share a new database. */
  async deploy(processes: number): Promise<Deployment> {
    const databaseUrl = await this.createDatabase(this.name);
    const start = () => this.start(this.name, { DATABASE_URL: databaseUrl });
    const started = await Promise.all([start(), ...Array.from({ length: processes - 1 }, start)]);
    this.servers.push(...started);
    const [first, ...others] = started.map(({ origin }) => origin);
    return { client: this.client, origins: [first ?? '', ...others], databaseUrl };
  }

  /** Returns the document that Phaseline serves. Responses of the control group are checked against it, too. */
  async openApi(): Promise<OpenApi> {
    const server = await this.start('Phaseline', { DATABASE_URL: await this.createDatabase('Phaseline') });
    const response = await this.client.send(server.origin, { method: 'GET', path: '/openapi.json' });
    await server.stop();
    return response.body as unknown as OpenApi;
  }

  /** Starts an installation whose server and PostgreSQL can be killed. */
  install(): Promise<Installation> {
    const starting = this.startInstallation();
    this.installations.push(starting);
    return starting;
  }

  /** Creates a database without servers and returns its URL. `clear` drops it without an audit. */
  async database(): Promise<string> {
    const url = await this.createDatabase(this.name);
    this.unaudited.add(url);
    return url;
  }

  /** Starts a server on a database that the attack owns. */
  async serve(databaseUrl: string): Promise<ServerProcess> {
    const server = await this.start(this.name, { DATABASE_URL: databaseUrl });
    this.servers.push(server);
    return server;
  }

  /** Audits the databases after an attack, stops the servers and drops the databases. */
  async clear(): Promise<void> {
    const installed = await Promise.all(this.installations);
    const urls = new Set([...this.databases.values(), ...installed.map(({ databaseUrl }) => databaseUrl)]);
    for (const url of urls) if (!this.unaudited.has(url)) await this.audit(url);
    await this.stop();
    for (const name of this.databases.keys()) await this.cluster.drop(name);
    this.databases.clear();
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    for (const starting of this.installations.splice(0)) {
      await starting.then(
        (installation) => installation.close(),
        () => undefined,
      );
    }
  }

  private async startInstallation(): Promise<Installation> {
    if (this.name === 'Phaseline') {
      return EmbeddedInstallation.open((settings) => this.start(this.name, settings));
    }
    const databaseUrl = await this.createDatabase(this.name);
    const start = () => this.start(this.name, { DATABASE_URL: databaseUrl });
    return ExternalInstallation.open(start, databaseUrl, () => this.cluster.kill());
  }

  private start(name: TargetName, settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
    return startIsolatedServer(name, SCRIPTS[name], settings);
  }

  /** Audits a database. */
  async audit(url: string): Promise<void> {
    const { tickets, errors } = await auditDatabase(url);
    this.results.attempt('sound', tickets);
    for (const error of errors) this.results.violate('sound', error);
  }

  private async createDatabase(owner: TargetName): Promise<string> {
    const name = `${this.name.replace(' ', '_').toLowerCase()}_${this.databases.size + 1}`;
    const url = await this.cluster.createMigrated(name);
    if (owner === 'control group') await removeSafeguards(url);
    this.databases.set(name, url);
    return url;
  }
}
