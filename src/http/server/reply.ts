import { Res } from '@nestjs/common';
import type { Page } from '../../database/keyset-page';
import { pathOf } from '../problems/problem.filter';

/** Passes the reply to a parameter of a controller's method, for its headers; Nest sends what the method returns. */
export function Reply(): ParameterDecorator {
  return Res({ passthrough: true });
}

/** The parts of a Fastify reply that a page needs. */
interface PageReply {
  readonly request: { readonly url: string };
  header(name: string, value: string): unknown;
}

/**
 * Sets the `Link` header (RFC 8288) of a response to the next page of the list, if there is one.
 *
 * @returns the items of the page
 */
export function linkNext<T>(reply: PageReply, { items, nextCursor }: Page<T>): T[] {
  if (nextCursor !== undefined) reply.header('link', nextLink(reply.request.url, nextCursor));
  return items;
}

function nextLink(url: string, cursor: string): string {
  const queryAt = url.indexOf('?');
  const parameters = new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt));
  parameters.set('cursor', cursor);
  return `<${pathOf(url)}?${parameters.toString()}>; rel="next"`;
}
