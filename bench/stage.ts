import { join } from 'node:path';
import { BUILD } from '../testkit/build';
import { query, type TemporaryCluster } from '../testkit/cluster';
import { startIsolatedServer, type ServerProcess } from '../testkit/server-process';
import type { Plan, Results } from './rounds';
import { seed } from './seed';
import { PAST_TRANSITIONS, SDLC_WORKLOAD, TicketPool, type Workload } from './workload';

/** Tickets of an ordinary database of the benchmark, and of a large one. Each has ten history rows. */
export const SIZES = { small: 10_000, large: 1_000_000 } as const;

/** The measured servers. */
export type ServerName = 'Phaseline' | 'bare peer' | 'idiomatic peer';

const SCRIPTS: Readonly<Record<ServerName, string>> = {
  Phaseline: 'src/main.js',
  'bare peer': 'bench/peers/bare.js',
  'idiomatic peer': 'bench/peers/idiomatic.js',
};

/** Connections to the database: Phaseline's default, and the peers' best with 32 clients among 4 to 32. */
export const POOL_SIZES: Readonly<Record<ServerName, number>> = {
  Phaseline: 10,
  'bare peer': 12,
  'idiomatic peer': 10,
};

const TEMPLATE = 'bench_template';

/** A generated database. */
export interface Generated {
  readonly databaseUrl: string;
  readonly tickets: TicketPool;
}

/** A server on a database of its own. */
export interface Served extends Generated {
  readonly server: ServerProcess;
}

/** Creates the databases and servers of a scenario, and removes them after it. */
export class Stage {
  private readonly servers: ServerProcess[] = [];
  private readonly databases = new Map<string, TicketPool | undefined>();
  private hasTemplate = false;

  constructor(
    readonly cluster: TemporaryCluster,
    readonly plan: Plan,
    readonly results: Results,
    readonly log: (line: string) => void,
  ) {}

  /** Creates a small database, as a copy of the same one each time. */
  async createSmall(name: string): Promise<Generated> {
    if (!this.hasTemplate) await this.fill(await this.cluster.createMigrated(TEMPLATE), SIZES.small);
    this.hasTemplate = true;
    return this.add(name, await this.cluster.create(name, TEMPLATE), SIZES.small);
  }

  /** Generates a database. */
  async createGenerated(name: string, size: number, workload = SDLC_WORKLOAD): Promise<Generated> {
    const url = await this.cluster.createMigrated(name);
    await this.fill(url, size, workload);
    return this.add(name, url, size, workload);
  }

  /** Creates a database without a schema. */
  async createEmpty(name: string): Promise<string> {
    this.databases.set(name, undefined);
    return this.cluster.create(name);
  }

  /** @param settings in addition to those of every measured server */
  async serve(name: ServerName, generated: Generated, settings: Record<string, string> = {}): Promise<Served> {
    const all = { DATABASE_URL: generated.databaseUrl, DB_POOL_SIZE: String(POOL_SIZES[name]), ...settings };
    return { ...generated, server: await this.start(name, join(BUILD, SCRIPTS[name]), all) };
  }

  async start(name: string, script: string, settings: Record<string, string>): Promise<ServerProcess> {
    const server = await startIsolatedServer(name, script, settings);
    this.servers.push(server);
    return server;
  }

  /** Stops the servers, compares the databases with the acknowledged transitions, and drops them. */
  async clear(): Promise<void> {
    await this.stopServers();
    for (const [name, tickets] of this.databases) {
      if (tickets !== undefined) await this.verify(name, tickets);
      await this.cluster.drop(name);
    }
    this.databases.clear();
  }

  async stopServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
  }

  private fill(url: string, size: number, workload = SDLC_WORKLOAD): Promise<void> {
    return seed(url, size, this.log, workload);
  }

  private add(name: string, databaseUrl: string, size: number, workload?: Workload): Generated {
    const tickets = new TicketPool(size, workload);
    this.databases.set(name, tickets);
    return { databaseUrl, tickets };
  }

  /** Checks that the database contains every acknowledged transition and no other one. */
  private async verify(name: string, tickets: TicketPool): Promise<void> {
    const [row] = await query<{ rows: number; counted: number }>(
      this.cluster.urlOf(name),
      `SELECT (SELECT count(*)::float FROM phase_history) AS rows,
              (SELECT sum(transition_count)::float FROM tickets) AS counted`,
    );
    const expected = tickets.size * PAST_TRANSITIONS + tickets.confirmed;
    if (row?.rows === expected && row.counted === expected) return;
    this.results.errors.push(
      `${name}: ${expected} transitions acknowledged, ${row?.rows} history rows, ${row?.counted} counted on the tickets`,
    );
  }
}
