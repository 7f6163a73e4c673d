import type { ChildServer } from '../src/terminal/child-server';
import { query, SIZES, type Cluster } from './cluster';
import type { Findings } from './findings';
import type { Plan } from './rounds';
import { startServer, type Program } from './server-process';
import { MOVES_BEHIND, type Terrain } from './terrain';
import { TicketPool } from './tickets';

/** A server, and the tickets of its own database. */
export interface Served {
  readonly server: ChildServer;
  readonly tickets: TicketPool;
}

/** What every scenario works with. It builds up what it measures, and `clear` takes it all down again. */
export class Stage {
  private readonly servers: ChildServer[] = [];
  private readonly databases = new Map<string, TicketPool>();

  constructor(
    private readonly cluster: Cluster,
    readonly plan: Plan,
    readonly findings: Findings,
    readonly say: (line: string) => void,
  ) {}

  /** A small database, all of them alike. */
  async createSmall(name: string): Promise<TicketPool> {
    const tickets = new TicketPool(await this.cluster.createSmall(name), SIZES.small);
    this.databases.set(name, tickets);
    return tickets;
  }

  /** A small database of its own whose tickets move on this terrain. */
  async createOn(terrain: Terrain): Promise<TicketPool> {
    const name = `workflow_${terrain.workflow}`;
    const tickets = new TicketPool(await this.cluster.createOn(name, terrain), SIZES.small, terrain);
    this.databases.set(name, tickets);
    return tickets;
  }

  async createLarge(name: string): Promise<TicketPool> {
    const tickets = new TicketPool(await this.cluster.createLarge(name), SIZES.large);
    this.databases.set(name, tickets);
    return tickets;
  }

  /** @param settings besides those that every server is measured with */
  async serve(program: Program, tickets: TicketPool, settings: Record<string, string> = {}): Promise<Served> {
    const server = await startServer(program, tickets.databaseUrl, settings);
    this.servers.push(server);
    return { server, tickets };
  }

  /** Ends the servers, holds the databases against what was acknowledged, and drops them. */
  async clear(): Promise<void> {
    await this.stopServers();
    for (const [name, tickets] of this.databases) await this.verify(name, tickets);
    await this.cluster.drop(...this.databases.keys());
    this.databases.clear();
  }

  async stopServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
  }

  /** Every move that was acknowledged is in the database, and no other one. */
  private async verify(name: string, tickets: TicketPool): Promise<void> {
    const [row] = await query<{ history: string; counted: string }>(
      tickets.databaseUrl,
      'SELECT (SELECT count(*) FROM phase_history) AS history, (SELECT sum(transition_count) FROM tickets) AS counted',
    );
    const expected = tickets.size * MOVES_BEHIND + tickets.confirmed;
    const found = [Number(row!.history), Number(row!.counted)];
    if (found.every((count) => count === expected)) return;
    const [history, counted] = found;
    this.findings.addFault(
      `${name}: ${expected} moves acknowledged, ${history} history rows, ${counted} on the tickets`,
    );
  }
}
