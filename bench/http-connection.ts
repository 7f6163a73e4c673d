import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Line } from './load';

/** What one connection says, one request after the other. */
export interface Conversation {
  /** The next request, whole, as it goes over the wire. */
  next(): string;
  /** Takes an answer of 200; returns what is wrong with it, if anything is. */
  accept?(body: Buffer): string | undefined;
}

const HEAD_END = '\r\n\r\n';
const CLOSED = 'the server closed the connection';

/**
 * HTTP/1.1 on a socket that is kept, and no more of it than the servers here speak: the generator shares the machine
 * with the server that it measures, so it does as little as it can.
 */
export class HttpConnection implements Line {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private expectedBytes = 0;
  private done?: (fault?: string) => void;

  private constructor(
    private readonly socket: Socket,
    private readonly conversation: Conversation,
  ) {}

  static async open(origin: string, conversation: Conversation): Promise<HttpConnection> {
    const { hostname, port } = new URL(origin);
    let connection: HttpConnection | undefined;
    const callback = (bytes: number, buffer: Uint8Array): boolean => {
      connection!.receive(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(32 * 1024), callback };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, onread });
    await once(socket, 'connect');
    connection = new HttpConnection(socket, conversation);
    socket.on('error', () => undefined);
    socket.on('close', () => connection!.finish('the server closed the connection'));
    return connection;
  }

  exchange(done: (fault?: string) => void): void {
    if (this.socket.destroyed) return void setImmediate(done, CLOSED);
    this.done = done;
    this.socket.write(this.conversation.next(), 'latin1');
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.pending.length === 0) {
      const expected = expectedBytes(chunk);
      if (expected <= chunk.length) return this.answer(chunk);
      this.expectedBytes = expected;
    }
    // The buffer of the socket is used again for the next piece.
    this.pending.push(Buffer.from(chunk));
    this.pendingBytes += chunk.length;
    if (this.pendingBytes < this.expectedBytes) return;
    const whole = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    this.receive(whole);
  }

  private answer(bytes: Buffer): void {
    const status = bytes.toString('latin1', 9, 12);
    const body = bytes.subarray(bytes.indexOf(HEAD_END) + HEAD_END.length);
    this.finish(status === '200' ? this.conversation.accept?.(body) : `${status} ${body.toString().slice(0, 300)}`);
  }

  private finish(fault?: string): void {
    const { done } = this;
    this.done = undefined;
    done?.(fault);
  }
}

/** The length of the answer that begins with this piece; one byte more than there is while that cannot be told. */
function expectedBytes(piece: Buffer): number {
  const end = piece.indexOf(HEAD_END);
  if (end === -1) return piece.length + 1;
  const length = /\r\ncontent-length: *(\d+)/i.exec(piece.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error(`An answer without Content-Length: ${piece.toString('latin1', 0, end)}`);
  return end + HEAD_END.length + Number(length);
}

/** A GET as it goes over the wire. */
export function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

/** A POST of JSON in ASCII as it goes over the wire. */
export function post(path: string, json: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
}
