import { Res } from '@nestjs/common';
import type { Page } from '../../database/keyset-page';
import { BUDGETS } from './limits';
import { TimeSlices } from './time-slice';
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
 * Sends a page of a list. A page that exceeds the budget ends early. Sets the `Link` header (RFC 8288) to the next page, if
 * there is one.
 *
 * @param present returns the representation of an item
 * @returns the body: each item is serialized once, which measures it
 */
export async function sendPage<T>(
  reply: PageReply,
  { items, hasMore, cursorAfter }: Page<T>,
  present: (item: T) => object | Promise<object>,
): Promise<string> {
  const slices = new TimeSlices();
  const texts: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const text = JSON.stringify(await present(item));
    bytes += Buffer.byteLength(text) + 1;
    if (texts.length > 0 && bytes > BUDGETS.page) break;
    texts.push(text);
    await slices.pause();
  }
  const last = items[texts.length - 1];
  const isCut = texts.length < items.length;
  if (last !== undefined && (hasMore || isCut)) reply.header('link', nextLink(reply.request.url, cursorAfter(last)));
  reply.header('content-type', 'application/json; charset=utf-8');
  return `[${texts.join(',')}]`;
}

function nextLink(url: string, cursor: string): string {
  const queryAt = url.indexOf('?');
  const parameters = new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt));
  parameters.set('cursor', cursor);
  return `<${pathOf(url)}?${parameters.toString()}>; rel="next"`;
}
