import type { FastifyReply } from 'fastify';

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Without those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Thrown to answer with exactly these bytes, whatever the route would answer. */
export class ReadyAnswer extends Error {
  constructor(readonly answer: WireAnswer) {
    super('The answer is ready');
  }
}

/** Sends an answer as it is. */
export function sendReady(reply: FastifyReply, { status, headers, body }: WireAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return body.length === 0 ? reply.send() : reply.send(body);
}
