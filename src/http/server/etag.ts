import type { FastifyReply } from 'fastify';
import { MAX_INTEGER } from '../../database/storable';
import { validationFailed } from '../../problems/validation';

/** Sets the `ETag` of a response to the version of its ticket. It is strong: a version has one representation. */
export function setETag(reply: FastifyReply, version: number): void {
  reply.header('etag', etagOf(version));
}

/** Returns a version as an entity tag. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** An entity tag of a precondition. */
export interface EntityTag {
  /** As it was sent, such as `W/"3"`. */
  readonly text: string;
  readonly weak: boolean;
  /** The text between the quotes. */
  readonly opaque: string;
  /** The version; null if the server never issues this tag. */
  readonly version: number | null;
}

/** One element of a list, which may be empty, with its separator (RFC 9110 §5.6.1 and §8.8.3). */
const ELEMENT = /^[ \t]*(?:(?<text>(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7e\x80-\xff]*)")[ \t]*)?(?:,|$)/;

/** The format of versions in tags of `etagOf`. */
const VERSION = /^[1-9]\d{0,9}$/;

function versionOf(opaque: string): number | null {
  const version = VERSION.test(opaque) ? Number(opaque) : 0;
  return version >= 1 && version <= MAX_INTEGER ? version : null;
}

/**
 * Parses an `If-Match` header; null without one. `*` matches any version, a weak tag matches none (RFC 9110 §13.1.1).
 *
 * @throws DomainError `validation_failed`
 */
export function parseIfMatch(header: string | undefined): '*' | readonly EntityTag[] | null {
  if (header === undefined) return null;
  return header.trim() === '*' ? '*' : tagsOf('if-match', header);
}

/** Returns whether an `If-None-Match` header includes a version (RFC 9110 §13.1.2). */
export function isKnown(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsOf('if-none-match', header).some((tag) => tag.version === version);
}

/** Returns whether an `If-None-Match` header includes a tag, by the weak comparison (RFC 9110 §8.8.3.2). */
export function hasTag(header: string | undefined, opaque: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsOf('if-none-match', header).some((tag) => tag.opaque === opaque);
}

function tagsOf(name: string, header: string): EntityTag[] {
  const tags: EntityTag[] = [];
  for (let rest = header; rest !== '';) {
    const element = ELEMENT.exec(rest);
    if (element === null) throw malformed(name, header);
    const { text, weak, opaque = '' } = element.groups!;
    if (text !== undefined) {
      tags.push({ text, weak: weak !== undefined, opaque, version: versionOf(opaque) });
    }
    rest = rest.slice(element[0].length);
  }
  if (tags.length === 0) throw malformed(name, header);
  return tags;
}

function malformed(name: string, header: string) {
  const detail = `must be * or quoted entity tags, such as "3"; got ${JSON.stringify(header.slice(0, 60))}`;
  return validationFailed([{ in: 'header', pointer: `/${name}`, detail }]);
}
