import { Agent, request as httpRequest } from 'node:http';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A small client for storms: keep-alive, no parsing but JSON, and network errors as they come. */
export class HttpClient {
  private readonly agent: Agent;

  /** @param connections at once, to each server */
  constructor(connections = 64) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send(url: string, method = 'GET', body?: object): Promise<Answer> {
    const { agent } = this;
    return new Promise((resolve, reject) => {
      const headers = body ? { 'content-type': 'application/json' } : {};
      const request = httpRequest(url, { method, agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text || '{}') }));
      });
      request.on('error', reject).end(body ? JSON.stringify(body) : undefined);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
