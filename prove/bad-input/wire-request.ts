/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** The target, escaped as it is to be sent. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Writes a request without mending anything in it; only its length is always told truly. */
export function bytesOf({ method, target, headers, body }: WireRequest): Buffer {
  const length: [string, string][] = body === undefined ? [] : [['content-length', String(body.length)]];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'),
    body ?? Buffer.alloc(0),
  ]);
}

export function describe({ method, target, headers, body }: WireRequest): string {
  const shown = headers.filter(([name]) => name !== 'host').map(([name, value]) => `${name}: ${value.slice(0, 60)}`);
  return `${method} ${target.slice(0, 200)} {${shown.join(', ')}} ${body?.toString().slice(0, 200) ?? ''}`;
}

/** The first answer in what came; undefined while it is not whole. Interim answers are left out. */
export function answerIn(bytes: Buffer, method: string, ended: boolean): WireAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = bytes.subarray(end + 4);
  if (status < 200) return answerIn(rest, method, ended);
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

/** A request in parts, before it is written down. */
export interface RequestDraft {
  method: string;
  path: string;
  query: string;
  headers: [name: string, value: string][];
  body?: Buffer;
}
