import { connect, type Socket } from 'node:net';
import { answerIn, bytesOf, type WireAnswer, type WireRequest } from './wire-request';

/** An answer that takes longer counts as none, in milliseconds. */
const PATIENCE = 10_000;

/** HTTP/1.1 on a socket of its own, kept for as long as the server keeps it, for requests that no client would send. */
export class WireConnection {
  private socket?: Socket;

  constructor(private readonly origin: string) {}

  /** @throws Error when the connection ended, or nothing came, instead of an answer */
  async send(request: WireRequest): Promise<WireAnswer> {
    const isReused = this.socket !== undefined;
    try {
      return await this.exchange(request);
    } catch (error) {
      // A server may end a connection between two requests.
      if (!isReused) throw error;
      return this.exchange(request);
    }
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async exchange(request: WireRequest): Promise<WireAnswer> {
    const socket = (this.socket ??= this.open());
    try {
      const answer = await exchange(socket, request);
      if (answer.headers['connection'] === 'close' || socket.destroyed) this.close();
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private open(): Socket {
    const { hostname, port } = new URL(this.origin);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.socket === socket) this.socket = undefined;
    });
    socket.setTimeout(PATIENCE, () => socket.destroy());
    return socket;
  }
}

function exchange(socket: Socket, request: WireRequest): Promise<WireAnswer> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const look = (ended: boolean): void => {
      const answer = answerIn(received, request.method, ended);
      if (answer === undefined && !ended) return;
      socket.off('data', read).off('close', end);
      if (answer === undefined) reject(new Error('the connection ended without an answer'));
      else resolve(answer);
    };
    const read = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      look(false);
    };
    const end = (): void => look(true);
    socket.on('data', read).on('close', end);
    socket.write(bytesOf(request));
  });
}
