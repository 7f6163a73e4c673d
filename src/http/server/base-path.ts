import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';

/** Headers whose value is, or begins with, a path of this server. */
const HEADERS_WITH_PATH = ['location', 'link'] as const;

/**
 * Returns Fastify's `rewriteUrl`: it removes the prefix that clients use, so that routes do not depend on it. Requests
 * without the prefix pass unchanged, because some proxies remove it, and health checks come without a proxy.
 *
 * @param basePath such as `/phaseline`
 */
export function removeBasePath(basePath: string): (request: IncomingMessage) => string {
  return ({ url = '/' }) => {
    const rest = url.startsWith(basePath) ? url.slice(basePath.length) : url;
    if (rest === '' || rest.startsWith('?')) return `/${rest}`;
    return rest.startsWith('/') ? rest : url;
  };
}

/** Adds the prefix to the paths in headers of responses. Stored responses do not contain it. */
export function addBasePath(fastify: FastifyInstance, basePath: string): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    for (const name of HEADERS_WITH_PATH) {
      const value = reply.getHeader(name);
      if (typeof value === 'string')
        reply.header(
          name,
          value.replace(/^<?(?=\/)/, (start) => start + basePath),
        );
    }
    done(null, payload);
  });
}
