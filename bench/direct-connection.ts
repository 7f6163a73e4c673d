import { Client } from 'pg';
import { REQUEST } from './conversations';
import type { Line } from './load';
import { bareMove } from './peers/bare-move';
import type { Pick } from './picks';
import { ticketId, type TicketPool } from './tickets';

/** Makes moves with the bare peer's statement, on a connection to the database itself. */
export class DirectConnection implements Line {
  private constructor(
    private readonly client: Client,
    private readonly tickets: TicketPool,
    private readonly pick: Pick,
  ) {}

  static async open(tickets: TicketPool, pick: Pick): Promise<DirectConnection> {
    const client = new Client(tickets.databaseUrl);
    await client.connect();
    return new DirectConnection(client, tickets, pick);
  }

  exchange(done: (fault?: string) => void): void {
    const n = this.pick();
    const query = bareMove(ticketId(n), this.tickets.nextPhase(n), REQUEST.reason, REQUEST.by);
    this.client.query(query, (error: Error | null, result) => {
      if (error) return done(error.message);
      if (result.rowCount !== 1) return done(`${result.rowCount} rows instead of 1`);
      this.tickets.confirm(n);
      done();
    });
  }

  close(): void {
    void this.client.end();
  }
}
