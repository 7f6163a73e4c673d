import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { QueryConfig } from 'pg';
import { createClient, type DatabaseClient } from '../src/database/connection';
import type { Connection } from './load';
import { bareTransition, bareTransitions } from './peers/bare-transition';
import { CAUSE, type RequestSequence } from './requests';
import type { TicketPool } from './workload';

const HEAD_END = '\r\n\r\n';
const CLOSED = 'the server closed the connection';

/**
 * A kept HTTP/1.1 connection that implements only what the measured servers use: the load generator shares the machine
 * with the server, so it does as little as possible.
 */
export class LoadConnection implements Connection {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private expectedBytes = 0;
  private done?: (error?: string) => void;

  private constructor(
    private readonly socket: Socket,
    private readonly requests: RequestSequence,
  ) {}

  static async open(origin: string, requests: RequestSequence): Promise<LoadConnection> {
    const { hostname, port } = new URL(origin);
    let connection: LoadConnection | undefined;
    const callback = (bytes: number, buffer: Uint8Array): boolean => {
      connection?.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(32 * 1024), callback };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    await once(socket, 'connect');
    const opened = new LoadConnection(socket, requests);
    connection = opened;
    socket.on('error', () => undefined);
    socket.on('close', () => opened.finish(CLOSED));
    return opened;
  }

  exchange(done: (error?: string) => void): void {
    if (this.socket.destroyed) return void setImmediate(done, CLOSED);
    this.done = done;
    this.socket.write(this.requests.next(), 'latin1');
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.pending.length === 0) {
      const expected = expectedLength(chunk);
      if (expected <= chunk.length) return this.respond(chunk);
      this.expectedBytes = expected;
    }
    // The socket reuses its buffer for the next chunk.
    this.pending.push(Buffer.from(chunk));
    this.pendingBytes += chunk.length;
    if (this.pendingBytes < this.expectedBytes) return;
    const whole = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    this.receive(whole);
  }

  private respond(bytes: Buffer): void {
    const status = bytes.toString('latin1', 9, 12);
    const body = bytes.subarray(bytes.indexOf(HEAD_END) + HEAD_END.length);
    const isSuccess = status === '200' || status === '201';
    this.finish(isSuccess ? this.requests.accept?.(body) : `${status} ${body.toString().slice(0, 300)}`);
  }

  private finish(error?: string): void {
    const { done } = this;
    this.done = undefined;
    done?.(error);
  }
}

/** Returns the length of the response that begins with this chunk; one byte more than the chunk while it is unknown. */
function expectedLength(chunk: Buffer): number {
  const end = chunk.indexOf(HEAD_END);
  if (end === -1) return chunk.length + 1;
  const length = /\r\ncontent-length: *(\d+)/i.exec(chunk.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error(`A response without Content-Length: ${chunk.toString('latin1', 0, end)}`);
  return end + HEAD_END.length + Number(length);
}

/** Makes transitions on a connection to the database, each exchange in one statement. */
export class DirectConnection implements Connection {
  private constructor(
    private readonly client: DatabaseClient,
    private readonly tickets: TicketPool,
    private readonly pickMany: () => number[],
  ) {}

  /** @param pickMany chooses the tickets of one statement */
  static async open(databaseUrl: string, tickets: TicketPool, pickMany: () => number[]): Promise<DirectConnection> {
    const client = createClient(databaseUrl);
    await client.connect();
    return new DirectConnection(client, tickets, pickMany);
  }

  exchange(done: (error?: string) => void): void {
    const picked = this.pickMany();
    this.client.query(this.statementFor(picked), (error: Error | null, result) => {
      if (error) return done(error.message);
      if (result.rowCount !== picked.length) return done(`${result.rowCount} rows instead of ${picked.length}`);
      for (const n of picked) this.tickets.confirm(n);
      done();
    });
  }

  close(): void {
    void this.client.end();
  }

  private statementFor(picked: readonly number[]): QueryConfig {
    const { tickets } = this;
    const moves = picked.map((n) => ({ ticketId: tickets.idOf(n), toPhase: tickets.nextPhase(n) }));
    const [first, ...others] = moves;
    return first !== undefined && others.length === 0
      ? bareTransition(first.ticketId, first.toPhase, CAUSE.reason, CAUSE.by)
      : bareTransitions(moves, CAUSE.reason, CAUSE.by);
  }
}
