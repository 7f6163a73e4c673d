import { randomUUID } from 'node:crypto';
import type { Request } from '../http-client';
import type { NamedCommand } from './changes';
import type { NamedExpectation } from './goals';
import { versionFor } from './refusals';
import type { ModelTicket } from './ticket';

const LINES: Readonly<Record<NamedCommand['do'], { readonly method: string; readonly path: string }>> = {
  move: { method: 'POST', path: '/transition' },
  edit: { method: 'PATCH', path: '' },
  archive: { method: 'DELETE', path: '' },
  restore: { method: 'POST', path: '/restore' },
};

/** The request that a command on a ticket is. */
export function requestFor(command: NamedCommand, path: string, ticket: ModelTicket | undefined): Request {
  const { headers, fields } = expectationOf(command.expects, ticket);
  const line = LINES[command.do];
  const request = { method: line.method, path: path + line.path, headers };
  if (command.do === 'edit') return withKey({ ...request, body: command.edits }, command.key);
  if (command.do !== 'move') return withKey(request, command.key);
  const { to, reason, artifacts, by } = command;
  const body = { to_phase: to, reason, artifacts, ...(by && { transitioned_by: by }), ...fields };
  return withKey({ ...request, body }, command.key);
}

export function withKey(request: Request, key: boolean): Request {
  return key ? { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } } : request;
}

/** What a caller takes for granted, in the words of the API. */
function expectationOf(
  expects: NamedExpectation | null,
  ticket: ModelTicket | undefined,
): { headers: Record<string, string>; fields: object } {
  if (expects === null) return { headers: {}, fields: {} };
  if (expects.by === 'expected_phase') return { headers: {}, fields: { expected_phase: expects.is } };
  const version = ticket === undefined ? 1 : versionFor(ticket, expects);
  if (expects.by === 'expected_version') return { headers: {}, fields: { expected_version: version } };
  return { headers: { 'if-match': expects.is === 'any' ? '*' : `"${version}"` }, fields: {} };
}
