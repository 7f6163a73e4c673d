import { connect } from 'node:net';
import type { TestApp } from '../../testkit/app';

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** Names in lower case; the last value where one is repeated. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RequestParts {
  readonly body?: string | Buffer;
  /** Undefined: JSON. Null: no Content-Type. */
  readonly type?: string | null;
  /** In one chunk, without a Content-Length. */
  readonly chunked?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends bytes exactly as they are and reads every answer until the server closes the connection. */
export function sendBytes(app: TestApp, bytes: string | Buffer, halfClose = false): Promise<Answer[]> {
  const { port, hostname } = new URL(app.origin);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes, () => halfClose && socket.end()));
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no end after ${Buffer.concat(chunks).toString()}`)));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that refuses a large body closes before it has read everything.
    socket.on('error', (error) => (chunks.length > 0 ? resolve(answersIn(chunks)) : reject(error)));
    socket.on('close', () => resolve(answersIn(chunks)));
  });
}

/** Sends one request without a client that would correct it. */
export async function ask(app: TestApp, method: string, path: string, parts: RequestParts = {}): Promise<Answer> {
  const body = Buffer.from(parts.body ?? '');
  const length = parts.chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) };
  const type = parts.type === null ? {} : { 'content-type': parts.type ?? 'application/json' };
  const described = parts.body === undefined ? {} : { ...length, ...type };
  const headers = { host: 'localhost', connection: 'close', ...described, ...parts.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  const answers = await sendBytes(app, Buffer.concat([head, parts.chunked ? chunkOf(body) : body]));
  expect(answers).toHaveLength(1);
  return answers[0]!;
}

/** Holds an answer to be a whole problem document, and gives the document. */
export function problemIn(answer: Answer, status: number, code: string): Record<string, unknown> {
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
    status,
    'application/problem+json; charset=utf-8',
    expect.stringContaining(`"code":"${code}"`),
  ]);
  const problem = JSON.parse(answer.body);
  expect(problem).toMatchObject({ type: `urn:phaseline:problem:${code}`, status, code });
  expect(typeof problem.instance).toBe('string');
  expect(problem.detail).toMatch(/\w/);
  if (code === 'validation_failed') expect(problem.errors.length).toBeGreaterThan(0);
  return problem;
}

/** Holds that the tests of the surrounding `describe` leave every row as it was. */
export function changesNothing(app: () => TestApp): void {
  let before: unknown;
  beforeAll(async () => (before = await rowsOf(app())));
  afterAll(async () => expect(await rowsOf(app())).toEqual(before));
}

/** Every row there is, but for two traces that refused requests may leave: a kept answer, and when an API key was used. */
async function rowsOf(app: TestApp): Promise<unknown> {
  const tables = await app.database.query<{ name: string }>(`
    SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
       AND relname NOT IN ('migrations', 'idempotency_keys')`);
  const parts = tables.map(({ name }) => {
    const row = name === 'api_keys' ? `to_jsonb(t) - 'last_used_at'` : 'to_json(t)';
    return `SELECT '${name}' AS "table", (${row})::text AS row FROM ${name} t`;
  });
  return app.database.query(`${parts.join(' UNION ALL ')} ORDER BY 1, 2`);
}

function chunkOf(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
}

/** Returns the responses in received bytes. One that is cut short has the part of its body that has arrived. */
export function answersIn(chunks: readonly Buffer[]): Answer[] {
  const answers: Answer[] = [];
  let rest = Buffer.concat(chunks);
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) break;
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map(headerIn));
    const status = Number(statusLine.split(' ')[1]);
    const length = Number(headers['content-length'] ?? 0);
    answers.push({ status, headers, body: rest.subarray(end + 4, end + 4 + length).toString() });
    rest = rest.subarray(end + 4 + length);
  }
  // The interim answer of `Expect: 100-continue` is not the answer.
  return answers.filter(({ status }) => status !== 100);
}

function headerIn(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
