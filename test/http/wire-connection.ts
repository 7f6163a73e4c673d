import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../../testkit/eventually';
import { type Answer, answersIn } from './wire';

/** A connection that sends bytes exactly as they are, and keeps everything that it receives. */
export class WireConnection {
  /** Settles when the connection is closed, also by a reset. */
  readonly closed: Promise<unknown>;
  private readonly chunks: Buffer[] = [];
  private isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    socket.on('error', () => undefined);
    this.closed = new Promise<void>((resolve) => socket.once('close', resolve)).then(() => (this.isClosed = true));
  }

  /** @param origin such as http://127.0.0.1:41235 */
  static async to(origin: string): Promise<WireConnection> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port), noDelay: true });
    const connection = new WireConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  write(bytes: string | Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Sends a request and returns its response. */
  async ask(bytes: string | Buffer): Promise<Answer> {
    const earlier = this.received.length;
    this.write(bytes);
    return (await this.answers(earlier + 1)).at(earlier)!;
  }

  /** Waits until so many responses have arrived or the connection is closed. */
  answers(count: number): Promise<readonly Answer[]> {
    return eventually(() => {
      const { isClosed, received } = this;
      return (isClosed || received.length >= count) && received;
    });
  }

  /** Stops reading, so that responses fill the buffers of the connection. */
  pause(): void {
    this.socket.pause();
  }

  /** All that was received, as text. */
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  private get received(): readonly Answer[] {
    return answersIn(this.chunks);
  }
}
