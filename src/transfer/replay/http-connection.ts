import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';

export interface HttpResponse {
  readonly status: number;
  /** The JSON body; undefined when there is none. */
  readonly body: unknown;
  /** The `Retry-After` header in milliseconds, when the server sent one. */
  readonly retryAfter?: number;
}

/** A request fails when its connection is idle for this long. */
const TIMEOUT_MS = 60_000;

/**
 * A client for JSON over HTTP or HTTPS to one server, with keep-alive connections. At most `maxSockets` requests are in
 * flight; further requests wait.
 */
export class HttpConnection {
  private readonly options: RequestOptions;
  private readonly prefix: string;
  private readonly request: typeof httpRequest;

  /**
   * @param base the server's address; its path is prepended to the path of every request
   * @param apiKey sent with every request
   */
  constructor(
    base: URL,
    maxSockets: number,
    private readonly apiKey?: string,
  ) {
    const secure = base.protocol === 'https:';
    const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets, timeout: TIMEOUT_MS });
    const { protocol, hostname, port, auth } = urlToHttpOptions(base);
    this.options = { protocol, hostname, port, auth, agent };
    this.prefix = base.pathname.replace(/\/$/, '');
    this.request = secure ? httpsRequest : httpRequest;
  }

  /**
   * Sends a request and returns the response.
   *
   * @throws Error of the network, with its `code`; TIMEOUT when no response arrived in time
   */
  exchange(method: 'GET' | 'POST', path: string, content?: unknown): Promise<HttpResponse> {
    const body = content === undefined ? '' : JSON.stringify(content);
    const headers = {
      ...(this.apiKey && { authorization: `Bearer ${this.apiKey}` }),
      ...(body && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const options = { ...this.options, method, path: this.prefix + path, headers };
    return new Promise((resolve, reject) => {
      const request = this.request(options, (response) => readResponse(response).then(resolve, reject));
      request.on('timeout', () => request.destroy(timeout()));
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    (this.options.agent as HttpAgent).destroy();
  }
}

function readResponse(response: IncomingMessage): Promise<HttpResponse> {
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    response.on('error', reject);
    response.on('end', () => {
      const retryAfter = millisecondsOf(response.headers['retry-after']);
      resolve({ status: response.statusCode ?? 0, body: parseJson(text), retryAfter });
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses `Retry-After`: a number of seconds or a date (RFC 9110, 10.2.3). */
function millisecondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function timeout(): Error {
  return Object.assign(new Error(`no response within ${TIMEOUT_MS / 1000} s`), { code: 'TIMEOUT' });
}
