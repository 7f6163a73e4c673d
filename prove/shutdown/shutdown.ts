import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '../../testkit/server-process';
import { Random } from '../random';
import type { Target } from '../target';

/** Clients that keep their connection open and send the next request after each response. */
const CLIENTS = 40;

/** The longest accepted time between SIGTERM and the end of the process, in milliseconds. */
const STOP_LIMIT = 10_000;

/** The random time under load before SIGTERM, in milliseconds. */
const LOAD = { least: 300, spread: 700 } as const;

const RESPONSE = /^HTTP\/1\.1 (\d{3}) [\s\S]*?\r\ncontent-length: (\d+)\r\n[\s\S]*?\r\n\r\n/i;

/**
 * Stops servers under load with SIGTERM.
 *
 * @param stops servers that are started and stopped
 */
export async function attackWithShutdowns(target: Target, stops: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const url = await target.database();
  for (let n = 0; n < stops; n++) {
    const server = await target.serve(url);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => KeepAliveClient.to(server.origin, i)));
    await sleep(LOAD.least + random.below(LOAD.spread));
    const took = await stopUnderLoad(target, server, clients);
    target.log(`shutdown: ${n + 1} of ${stops}; the server ended after ${took} ms`);
  }
}

/** @returns the time from SIGTERM to the end of the process */
async function stopUnderLoad(
  target: Target,
  server: ServerProcess,
  clients: readonly KeepAliveClient[],
): Promise<number> {
  // What was written before the signal is in the buffers of the kernel when the signal arrives.
  for (const client of clients) client.endAfterThisRequest();
  const began = performance.now();
  const code = await server.stop();
  const took = Math.round(performance.now() - began);
  const isInTime = code === 0 && took < STOP_LIMIT;
  target.results.check('stopsInTime', isInTime ? [] : [`the server ended with ${code} after ${took} ms`]);
  await Promise.all(clients.map(({ closed }) => closed));
  for (const client of clients) target.results.check('answeredBeforeStop', client.errors);
  return took;
}

/** Sends one request after the other on one connection. */
class KeepAliveClient {
  readonly closed: Promise<unknown>;
  readonly errors: string[] = [];
  private received = '';
  private isOpen = false;
  private isLast = false;

  private constructor(
    private readonly socket: Socket,
    private readonly number: number,
  ) {
    this.closed = new Promise((resolve) => socket.once('close', resolve)).then(() => this.judgeEnd());
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (chunk: string) => this.read(chunk));
  }

  static async to(origin: string, number: number): Promise<KeepAliveClient> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const client = new KeepAliveClient(socket, number);
    await once(socket, 'connect');
    client.send();
    return client;
  }

  /** The request that is sent now, or waits for its response, is the last one. */
  endAfterThisRequest(): void {
    this.isLast = true;
  }

  private send(): void {
    this.isOpen = true;
    const body = JSON.stringify({ title: `Ticket of client ${this.number}` });
    const head = 'host: localhost\r\ncontent-type: application/json\r\n';
    this.socket.write(`POST /api/v1/tickets HTTP/1.1\r\n${head}content-length: ${body.length}\r\n\r\n${body}`);
  }

  private read(chunk: string): void {
    this.received += chunk;
    const [head, status, length] = RESPONSE.exec(this.received) ?? [];
    if (head === undefined || this.received.length < head.length + Number(length)) return;
    if (status !== '201') this.errors.push(`client ${this.number}: ${this.received.slice(0, 200)}`);
    this.received = '';
    this.isOpen = false;
    if (!this.isLast) this.send();
  }

  private judgeEnd(): void {
    if (this.isOpen) this.errors.push(`client ${this.number}: the connection was closed without a response`);
  }
}
