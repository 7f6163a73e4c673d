import compress from '@fastify/compress';
import type { FastifyInstance, onSendHookHandler } from 'fastify';
import { hash } from 'node:crypto';
import { hasTag } from './etag';

/** Lists are compressed from 1 KiB on. Browsers, curl and other HTTP clients accept gzip. */
const COMPRESSION: { encodings: 'gzip'[]; threshold: number } = { encodings: ['gzip'], threshold: 1_024 };

/**
 * Gives every list a weak `ETag`, answers 304 to a client that has it already, and compresses lists where the client
 * accepts it. Other routes are not touched: their responses are small, and transitions are the hot path.
 */
export async function finishLists(fastify: FastifyInstance): Promise<void> {
  fastify.addHook('onRoute', (route) => {
    const list = route.config?.list;
    // Without this, the plugin adds a hook to every route.
    route.compress = list?.compressed === true ? COMPRESSION : false;
    if (list !== undefined) route.onSend = [answerUnchanged];
  });
  await fastify.register(compress, { global: false });
}

/** The tag is weak, because the same list may be sent compressed and uncompressed (RFC 9110 §8.8.1). */
const answerUnchanged: onSendHookHandler = (request, reply, payload, done) => {
  if (reply.statusCode !== 200 || typeof payload !== 'string') return done(null, payload);
  const opaque = hash('sha1', payload, 'base64url');
  reply.header('etag', `W/"${opaque}"`);
  try {
    if (!hasTag(request.headers['if-none-match'], opaque)) return done(null, payload);
  } catch (error) {
    return done(error as Error);
  }
  reply.code(304);
  done(null, null);
};
