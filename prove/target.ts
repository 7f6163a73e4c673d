import type { ChildServer } from '../src/terminal/child-server';
import { auditDatabase } from './audit';
import type { OpenApi } from './bad-input/document';
import type { Cluster } from './cluster';
import { disarm } from './control/schema';
import { ControlSite, InstallationSite, type CrashSite } from './crash/site';
import { HttpClient } from './http-client';
import { Ledger } from './ledger';
import { startServer, type Program } from './server-process';

/** Servers on one database of their own, to be attacked. */
export interface Arena {
  readonly client: HttpClient;
  /** At least one, each of a process of its own. */
  readonly origins: readonly string[];
  readonly databaseUrl: string;
}

/** What is attacked, and what became of it: Phaseline, or the control group, which speaks the same API. */
export class Target {
  readonly ledger = new Ledger();
  readonly client = new HttpClient();
  private readonly servers: ChildServer[] = [];
  private readonly databases: string[] = [];
  private readonly sites: Promise<CrashSite>[] = [];

  constructor(
    readonly program: Program,
    private readonly cluster: Cluster,
    readonly say: (line: string) => void,
  ) {}

  /** @param processes servers that share the database */
  async open(processes: number): Promise<Arena> {
    const databaseUrl = await this.createDatabase();
    const settings = { DATABASE_URL: databaseUrl };
    const starting = Array.from({ length: processes }, () => startServer(this.program, settings));
    const started = await Promise.all(starting);
    this.servers.push(...started);
    return { client: this.client, origins: started.map(({ origin }) => origin), databaseUrl };
  }

  /** The document that Phaseline serves; the control group is held against the same. */
  async openApi(): Promise<OpenApi> {
    const server = await startServer('Phaseline', { DATABASE_URL: await this.createDatabase('Phaseline') });
    const answer = await this.client.send(server.origin, { method: 'GET', path: '/openapi.json' });
    await server.stop();
    return answer.body as unknown as OpenApi;
  }

  /** An installation whose application and PostgreSQL may be killed. */
  openSite(): Promise<CrashSite> {
    const opening = this.startSite();
    this.sites.push(opening);
    return opening;
  }

  /** Audits what the attack left behind, and takes it all down. */
  async clear(): Promise<void> {
    const urls = new Set([...this.databases, ...(await Promise.all(this.sites)).map(({ databaseUrl }) => databaseUrl)]);
    for (const url of urls) await this.audit(url);
    await this.stop();
    for (const url of this.databases.splice(0)) await this.cluster.drop(url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    // One that is still being opened when the user gives up is closed all the same.
    for (const opening of this.sites.splice(0)) {
      await opening.then(
        (site) => site.close(),
        () => undefined,
      );
    }
  }

  private async startSite(): Promise<CrashSite> {
    if (this.program === 'Phaseline') return InstallationSite.open();
    return ControlSite.open(await this.createDatabase(), () => this.cluster.kill());
  }

  private async audit(url: string): Promise<void> {
    const { tickets, faults } = await auditDatabase(url);
    this.ledger.attempt('sound', tickets);
    for (const fault of faults) this.ledger.violate('sound', fault);
  }

  private async createDatabase(program = this.program): Promise<string> {
    const url = await this.cluster.createDatabase();
    if (program === 'control group') await disarm(url);
    this.databases.push(url);
    return url;
  }
}
