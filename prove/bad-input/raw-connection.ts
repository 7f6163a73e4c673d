import { connect, type Socket } from 'node:net';

/** Time after which a response is missing, in milliseconds. */
const TIMEOUT = 10_000;

/** A kept HTTP/1.1 connection for requests that HTTP clients refuse to send. */
export class RawConnection {
  private socket?: Socket;

  constructor(private readonly origin: string) {}

  /** @throws Error when the connection ends, or times out, without a response */
  async send(request: RawRequest): Promise<RawResponse> {
    const isReused = this.socket !== undefined;
    try {
      return await this.exchange(request);
    } catch (error) {
      // A server may close a connection between two requests.
      if (!isReused) throw error;
      return this.exchange(request);
    }
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async exchange(request: RawRequest): Promise<RawResponse> {
    const socket = (this.socket ??= this.open());
    try {
      const response = await exchange(socket, request);
      if (response.headers['connection'] === 'close' || socket.destroyed) this.close();
      return response;
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
    socket.setTimeout(TIMEOUT, () => socket.destroy());
    return socket;
  }
}

function exchange(socket: Socket, request: RawRequest): Promise<RawResponse> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const look = (ended: boolean): void => {
      const response = responseIn(received, request.method, ended);
      if (response === undefined && !ended) return;
      socket.off('data', read).off('close', end);
      if (response === undefined) reject(new Error('the connection ended without a response'));
      else resolve(response);
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

/** A request as it is sent. */
export interface RawRequest {
  readonly method: string;
  /** The escaped path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}

/** A response as it was received. */
export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Serializes a request without correcting anything. Only Content-Length is always right. */
function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const length: [string, string][] = body === undefined ? [] : [['content-length', String(body.length)]];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'),
    body ?? Buffer.alloc(0),
  ]);
}

/** Formats a request as one line for reports. */
export function describeRequest({ method, target, headers, body }: RawRequest): string {
  const shown = headers.filter(([name]) => name !== 'host').map(([name, value]) => `${name}: ${value.slice(0, 60)}`);
  return `${method} ${target.slice(0, 200)} {${shown.join(', ')}} ${body?.toString().slice(0, 200) ?? ''}`;
}

/** Returns the first final response in the received bytes; undefined while it is incomplete. */
function responseIn(bytes: Buffer, method: string, ended: boolean): RawResponse | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (status < 200) return responseIn(rest, method, ended);
  const headers = Object.fromEntries(lines.map(headerIn));
  const text = bodyIn(rest, headers, method === 'HEAD' || status === 204 || status === 304, ended);
  return text === undefined ? undefined : { status, headers, text };
}

function bodyIn(
  rest: Buffer,
  headers: Readonly<Record<string, string>>,
  isEmpty: boolean,
  ended: boolean,
): string | undefined {
  if (isEmpty) return '';
  if (headers['transfer-encoding'] !== undefined) return chunksIn(rest);
  const length = headers['content-length'];
  if (length === undefined) return ended ? rest.toString() : undefined;
  return rest.length < Number(length) ? undefined : rest.subarray(0, Number(length)).toString();
}

function chunksIn(rest: Buffer): string | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const length = Number.parseInt(rest.toString('latin1', at, line), 16);
    const start = line + 2;
    if (rest.length < start + length + 2) return undefined;
    if (length === 0) return Buffer.concat(chunks).toString();
    chunks.push(rest.subarray(start, start + length));
    at = start + length + 2;
  }
}

function headerIn(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
