import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Request {
  readonly method: string;
  /** From `/api/v1` on. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; empty where it is none. */
  readonly body: Record<string, unknown>;
}

/** An answer that takes longer counts as none, in milliseconds. */
const PATIENCE = 20_000;

/** A client for storms: connections are kept, and network errors come as they are. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /** @param origin such as http://127.0.0.1:41235 */
  send(origin: string, { method, path, body, headers }: Request): Promise<Answer> {
    const { agent } = this;
    const json = body === undefined ? undefined : JSON.stringify(body);
    const described = json === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const options = { method, agent, timeout: PATIENCE, headers: { ...described, ...headers } };
      const asked = httpRequest(origin + path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode!, headers: response.headers, text, body: parsed(text) });
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`No answer to ${method} ${path} within ${PATIENCE} ms`)));
      asked.on('error', reject).end(json);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** An answer in a line, for reports. */
export function shown({ status, text }: Answer): string {
  return `${status} ${text.slice(0, 300)}`;
}
