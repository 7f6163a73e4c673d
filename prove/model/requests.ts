import { randomUUID } from 'node:crypto';
import type { Request } from '../http-client';
import type { NamedCommand } from './changes';
import type { NamedExpectation } from './goals';

const LINES: Readonly<Record<NamedCommand['do'], { readonly method: string; readonly path: string }>> = {
  move: { method: 'POST', path: '/transition' },
  edit: { method: 'PATCH', path: '' },
  archive: { method: 'DELETE', path: '' },
  restore: { method: 'POST', path: '/restore' },
};

/** The request that a command on a ticket is. */
export function requestFor(command: NamedCommand, path: string): Request {
  const { expects } = command;
  const line = LINES[command.do];
  const request = { method: line.method, path: path + line.path, headers: headersOf(expects) };
  if (command.do === 'edit') return withKey({ ...request, body: command.edits }, command.key);
  if (command.do !== 'move') return withKey(request, command.key);
  const { to, reason, artifacts, by } = command;
  const body = { to_phase: to, reason, artifacts, ...(by && { transitioned_by: by }), ...fieldsOf(expects) };
  return withKey({ ...request, body }, command.key);
}

export function withKey(request: Request, key: boolean): Request {
  return key ? { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } } : request;
}

function headersOf(expects: NamedExpectation | null): Record<string, string> {
  if (expects?.by !== 'If-Match') return {};
  return { 'if-match': expects.version === '*' ? '*' : `"${expects.version}"` };
}

/** What a caller takes for granted, in the body of a move. */
export function fieldsOf(expects: NamedExpectation | null): object {
  if (expects?.by === 'expected_phase') return { expected_phase: expects.phase };
  return expects?.by === 'expected_version' ? { expected_version: expects.version } : {};
}
