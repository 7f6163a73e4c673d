import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, such as `/api/v1/tickets?limit=1`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: OutgoingHttpHeaders;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as received. */
  readonly text: string;
  /** The body parsed as JSON; an empty object where it is not JSON. */
  readonly body: Record<string, unknown>;
}

/** Time after which a request fails, in milliseconds. */
const TIMEOUT = 20_000;

/** An HTTP client for load: it keeps connections open, retries nothing and rejects with network errors as they are. */
export class HttpClient {
  private readonly agent: Agent;

  /** @param connections maximum number of connections to each server */
  constructor(connections = 256) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @param origin such as http://127.0.0.1:41235 */
  send(origin: string, { method, path, body, headers }: HttpRequest): Promise<HttpResponse> {
    const { agent } = this;
    const json = body === undefined ? undefined : JSON.stringify(body);
    const described = json === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const options = { method, agent, timeout: TIMEOUT, headers: { ...described, ...headers } };
      const request = httpRequest(origin + path, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`No response to ${method} ${path} in ${TIMEOUT} ms`)));
      request.on('error', reject).end(json);
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

/** Formats a response as one line for reports. */
export function summaryOf({ status, text }: HttpResponse): string {
  return `${status} ${text.slice(0, 300)}`;
}
