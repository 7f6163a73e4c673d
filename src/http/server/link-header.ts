import type { Page } from '../../database/keyset-page';
import { pathOf } from '../problems/problem.filter';

/** Sets the `Link` header (RFC 8288) to the next page of the list at `url`, if there is one. */
export function linkNext(
  reply: { header(name: string, value: string): unknown },
  url: string,
  { nextCursor }: Pick<Page<unknown>, 'nextCursor'>,
): void {
  if (nextCursor !== undefined) reply.header('link', nextLink(url, nextCursor));
}

function nextLink(url: string, cursor: string): string {
  const queryAt = url.indexOf('?');
  const parameters = new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt));
  parameters.set('cursor', cursor);
  return `<${pathOf(url)}?${parameters.toString()}>; rel="next"`;
}
