import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../../testkit/http-client';
import type { TicketCommand } from './commands';
import type { NamedPrecondition } from './preconditions';
import { refusalOfArchived, refusalOfMove, failedPrecondition, type Refusal } from './refusals';
import { after } from './rules';
import { archived, edited, moved, positionOf, restored, type ModelTicket } from './ticket';

/** A command on a ticket, with the phases of its workflow. */
export type NamedCommand =
  | (Named<Extract<TicketCommand, { do: 'move' }>> & { readonly to: string })
  | Named<Exclude<TicketCommand, { do: 'move' | 'edit' }>>
  | Named<Extract<TicketCommand, { do: 'edit' }>>;

type Named<Command> = Omit<Command, 'expects'> & { readonly expects: NamedPrecondition | null };

/** Returns why a command is rejected; undefined when it succeeds. */
export function refusalOf(ticket: ModelTicket, command: NamedCommand): Refusal | undefined {
  const { expects } = command;
  if (command.do === 'move') return refusalOfMove(ticket, { artifacts: null, ...command }, expects);
  const failed = failedPrecondition(ticket, expects);
  return failed ?? (command.do === 'edit' ? refusalOfArchived(ticket) : undefined);
}

export function changedBy(ticket: ModelTicket, command: NamedCommand): ModelTicket {
  switch (command.do) {
    case 'move': {
      const { to, reason, artifacts = null, by = 'system' } = command;
      return moved(ticket, after(ticket.workflow, positionOf(ticket), to), { reason, artifacts }, by);
    }
    case 'edit':
      return edited(ticket, command.edits);
    case 'archive':
      return archived(ticket);
    case 'restore':
      return restored(ticket);
  }
}

const ROUTES: Readonly<Record<NamedCommand['do'], { readonly method: string; readonly path: string }>> = {
  move: { method: 'POST', path: '/transition' },
  edit: { method: 'PATCH', path: '' },
  archive: { method: 'DELETE', path: '' },
  restore: { method: 'POST', path: '/restore' },
};

/** Returns the request of a command on a ticket. */
export function requestFor(command: NamedCommand, path: string): HttpRequest {
  const { expects } = command;
  const route = ROUTES[command.do];
  const request = { method: route.method, path: path + route.path, headers: headersOf(expects) };
  if (command.do === 'edit') return withKey({ ...request, body: command.edits }, command.key);
  if (command.do !== 'move') return withKey(request, command.key);
  const { to, reason, artifacts, by } = command;
  const body = { to_phase: to, reason, artifacts, ...(by && { transitioned_by: by }), ...fieldsOf(expects) };
  return withKey({ ...request, body }, command.key);
}

export function withKey(request: HttpRequest, key: boolean): HttpRequest {
  return key ? { ...request, headers: { ...request.headers, 'idempotency-key': randomUUID() } } : request;
}

function headersOf(expects: NamedPrecondition | null): Record<string, string> {
  if (expects?.by !== 'If-Match') return {};
  return { 'if-match': expects.version === '*' ? '*' : `"${expects.version}"` };
}

/** Returns the precondition in the body of a transition. */
export function fieldsOf(expects: NamedPrecondition | null): object {
  if (expects?.by === 'expected_phase') return { expected_phase: expects.phase };
  return expects?.by === 'expected_version' ? { expected_version: expects.version } : {};
}
