import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubRequest {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** The response: status, body and headers; `cut` to cut the connection. */
export type StubAnswer = [status: number, body: unknown, headers?: Record<string, string>] | 'cut';

/** A server with scripted responses, for responses that a real server gives only rarely. */
export interface StubServer {
  readonly url: URL;
  readonly requests: StubRequest[];
  stop(): Promise<void>;
}

export async function startStub(
  answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer>,
): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const server = createServer((incoming, response) => {
    void readRequest(incoming).then(async (request) => {
      requests.push(request);
      send(response, await answer(request));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}`), requests, stop: () => stopServer(server) };
}

/** A ticket or a move that is accepted. */
export function accepted({ path, body }: StubRequest): StubAnswer {
  const id = path.split('/')[4] ?? String(body.title);
  return [path.endsWith('/transition') ? 200 : 201, { id, phase_id: body.to_phase ?? body.phase_id }];
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk as string;
  return { path: incoming.url!, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

function send(response: ServerResponse, answer: StubAnswer): void {
  if (answer === 'cut') {
    response.destroy();
    return;
  }
  const [status, body, headers] = answer;
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function stopServer(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
