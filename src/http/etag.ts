import type { FastifyReply } from 'fastify';

/** Says which version of a ticket an answer shows. Strong: the same version is the same bytes. */
export function setETag(reply: FastifyReply, version: number): void {
  reply.header('etag', `"${version}"`);
}
