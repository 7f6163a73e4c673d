import type { FastifyReply } from 'fastify';
import { validationFailed } from '../problems/validation';

/** Says which version of a ticket an answer shows. Strong: the same version is the same bytes. */
export function setETag(reply: FastifyReply, version: number): void {
  reply.header('etag', etagOf(version));
}

/** The version as an entity tag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** One entity tag of a list, and what follows it (RFC 9110 §8.8.3). */
const TAG = /^\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/;

/**
 * The versions that `If-Match` allows: `*` is any; tags that are no version of ours, and weak ones, match none (RFC 9110
 * §13.1.1).
 *
 * @throws DomainError `validation_failed`
 */
export function parseIfMatch(header: string | undefined): '*' | readonly number[] | null {
  if (header === undefined) return null;
  if (header.trim() === '*') return '*';
  return tagsOf('if-match', header).flatMap(({ weak, version }) => (weak || version === null ? [] : [version]));
}

/** Whether `If-None-Match` names this version, so that there is nothing new to be sent (RFC 9110 §13.1.2). */
export function isKnown(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsOf('if-none-match', header).some((tag) => tag.version === version);
}

function tagsOf(name: string, header: string): { weak: boolean; version: number | null }[] {
  const tags = [];
  for (let rest = header; rest.trim() !== '';) {
    const match = TAG.exec(rest);
    if (match === null) throw malformed(name, header);
    const [whole, weak, text = ''] = match;
    tags.push({ weak: weak !== undefined, version: /^\d{1,10}$/.test(text) ? Number(text) : null });
    rest = rest.slice(whole.length);
  }
  if (tags.length === 0) throw malformed(name, header);
  return tags;
}

function malformed(name: string, header: string) {
  const detail = `must be * or entity tags in quotes, such as "3"; got ${JSON.stringify(header.slice(0, 60))}`;
  return validationFailed([{ in: 'header', pointer: `/${name}`, detail }]);
}
