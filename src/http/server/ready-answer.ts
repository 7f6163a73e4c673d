import type { FastifyReply } from 'fastify';

/** A complete response. */
export interface WireAnswer {
  readonly status: number;
  /** Without the headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Thrown to send exactly this response, in place of the route's own. */
export class ReadyAnswer extends Error {
  constructor(readonly answer: WireAnswer) {
    super('The response is ready');
  }
}

/** Sends a response unchanged. */
export function sendReady(reply: FastifyReply, { status, headers, body }: WireAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return body.length === 0 ? reply.send() : reply.send(body);
}
