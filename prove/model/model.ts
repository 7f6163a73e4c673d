import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../http-client';
import { differences } from './agreement';
import { FORWARD, NOBODY, type Command, type TicketCommand } from './commands';
import { PATHS, readings } from './readings';
import { NOT_FOUND, problemOf, refusalOfArchived, refusalOfMove, staleness, type Refusal } from './refusals';
import { requestFor, withKey } from './requests';
import { after, edgesFrom } from './rules';
import { archived, created, edited, moved, positionOf, restored, type ModelTicket } from './ticket';

/** What the model expects of a request. */
export interface Expected {
  readonly request: Request;
  readonly status: number;
  /** Undefined: nothing. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The bytes, where they are known. */
  readonly text?: string;
  /** The request as it can be sent again, where its answer is kept. */
  readonly kept?: boolean;
}

/** A request that was answered and whose answer is kept. */
interface Kept {
  readonly request: Request;
  readonly answer: Answer;
}

const API = '/api/v1/tickets';

/** An installation in memory: every command changes it as it should change the real one. */
export class Model {
  readonly tickets: ModelTicket[] = [];
  readonly kept: Kept[] = [];
  private readonly nobody = randomUUID();

  /** Carries a command out in the model. */
  expect(command: Command): Expected {
    switch (command.do) {
      case 'create':
        return this.create(command);
      case 'bulk':
        return this.bulk(command);
      case 'read':
        return this.read(command);
      case 'again':
        return this.repeat(command);
      default:
        return this.change(command);
    }
  }

  /** What is different between what was expected and what came. */
  judge(expected: Expected, answer: Answer): string[] {
    const { status, body, headers = {}, text, request, kept = false } = expected;
    if (kept) this.kept.push({ request, answer });
    const actual = answer.text === '' ? undefined : (answer.body as unknown);
    return [
      ...(answer.status === status ? [] : [`the status should be ${status} and is ${answer.status}: ${answer.text}`]),
      ...(text === undefined ? differences(body, actual) : differences(text, answer.text)),
      ...differences(text === undefined ? text : 'true', answer.headers['idempotent-replayed'], ' idempotent-replayed'),
      ...Object.entries(headers).flatMap(([name, value]) => differences(value, answer.headers[name], ` ${name}`)),
    ];
  }

  private create({ phase, priority, key }: Extract<Command, { do: 'create' }>): Expected {
    const body = { title: 'Modelled', ...(phase && { phase_id: phase }), ...(priority && { priority }) };
    const request = withKey({ method: 'POST', path: API, body }, key);
    if (phase === 'BLOCKED') {
      const facts = {
        errors: (value: unknown) => (Array.isArray(value) && value.length === 1 ? undefined : 'is no fault'),
      };
      return refused(request, { status: 400, code: 'validation_failed', facts }, false);
    }
    const ticket = created('Modelled', phase ?? 'BACKLOG', priority ?? 'MEDIUM');
    this.tickets.push(ticket);
    return { request, status: 201, body: ticket.view, headers: shown(ticket), kept: key };
  }

  private change(given: TicketCommand): Expected {
    const place = this.placeOf(given.ticket);
    const ticket = this.tickets[place];
    const command = given.do === 'move' ? { ...given, to: this.goalOf(place, given.to) } : given;
    const request = requestFor(command, `${API}/${this.idAt(place)}`, ticket);
    const refusal = ticket === undefined ? NOT_FOUND : refusalOf(ticket, command);
    if (ticket === undefined || refusal !== undefined) return refused(request, refusal!, command.key);
    const next = changedBy(ticket, command);
    this.tickets[place] = next;
    if (command.do === 'archive') return { request, status: 204, kept: command.key };
    const body = command.do === 'move' ? { ...next.view, transition: next.history.at(-1) } : next.view;
    return { request, status: 200, body, headers: shown(next), kept: command.key };
  }

  private bulk({ atomic, items, key }: Extract<Command, { do: 'bulk' }>): Expected {
    const asked = items.map(({ ticket, to }) => {
      const place = this.placeOf(ticket);
      return { place, to: this.goalOf(place, to) };
    });
    const before = [...this.tickets];
    const mode = atomic ? 'atomic' : 'independent';
    const body = { mode, items: asked.map(({ place, to }) => ({ ticket_id: this.idAt(place), to_phase: to })) };
    const request = withKey({ method: 'POST', path: '/api/v1/transitions', body }, key);
    const results = asked.map(({ place, to }) => this.bulkItem(place, to));
    const refusals = results.flatMap(({ status, ticket_id, problem }, item) =>
      status === 'refused' ? [{ item, ticket_id, problem }] : [],
    );
    if (!atomic || refusals.length === 0) return { request, status: 200, body: { results }, kept: key };
    this.tickets.splice(0, Infinity, ...before);
    return refused(request, { status: 422, code: 'bulk_refused', facts: { refused: refusals } }, key);
  }

  private bulkItem(place: number, to: string): { ticket_id: unknown; status: string; [fact: string]: unknown } {
    const ticket = this.tickets[place];
    const ticket_id = this.idAt(place);
    const refusal = ticket === undefined ? NOT_FOUND : refusalOfMove(ticket, to, null);
    if (ticket === undefined || refusal !== undefined) {
      return { ticket_id, status: 'refused', problem: problemOf(refusal!, `${API}/${ticket_id}/transition`) };
    }
    const next = moved(ticket, after(positionOf(ticket), to), null, 'system');
    this.tickets[place] = next;
    return { ticket_id, status: 'ok', transition: next.history.at(-1) };
  }

  private read({ ticket: number, what }: Extract<Command, { do: 'read' }>): Expected {
    const place = this.placeOf(number);
    const ticket = this.tickets[place];
    const path = `${API}/${this.idAt(place)}${PATHS[what]}`;
    const request: Request = { method: 'GET', path };
    if (ticket === undefined) return refused(request, NOT_FOUND, false);
    const body = readings(ticket)[what];
    const { etag } = shown(ticket);
    if (what === 'known ticket') {
      return { request: { ...request, headers: { 'if-none-match': etag } }, status: 304, body, headers: { etag } };
    }
    return { request, status: 200, body, headers: what === 'ticket' ? { etag } : {} };
  }

  /** Without anything to repeat, the phases are read. */
  private repeat({ request: number, same }: Extract<Command, { do: 'again' }>): Expected {
    const kept = this.kept[number % (this.kept.length || 1)];
    if (kept === undefined)
      return { request: { method: 'GET', path: '/health/live' }, status: 200, body: { status: 'ok' } };
    const { request, answer } = kept;
    if (same) {
      const headers = { etag: answer.headers.etag, location: answer.headers.location };
      return { request, status: answer.status, text: answer.text, headers };
    }
    const other: Request = { method: 'POST', path: API, body: { title: 'Another' }, headers: request.headers };
    return refused(other, { status: 422, code: 'idempotency_key_reused', facts: {} }, false);
  }

  private placeOf(number: number): number {
    return number === NOBODY ? this.tickets.length : number % this.tickets.length;
  }

  /** Where a move goes: on with the work, or where it says. */
  private goalOf(place: number, to: string): string {
    const ticket = this.tickets[place];
    if (to !== FORWARD || ticket === undefined) return to;
    return ticket.resume ?? edgesFrom(ticket.view.phase_id)[0] ?? to;
  }

  private idAt(place: number): string {
    return this.tickets[place]?.view.id.value ?? this.nobody;
  }
}

function refusalOf(ticket: ModelTicket, command: TicketCommand): Refusal | undefined {
  if (command.do === 'move') return refusalOfMove(ticket, command.to, command.expects);
  const stale = staleness(ticket, command.expects);
  return stale ?? (command.do === 'edit' ? refusalOfArchived(ticket) : undefined);
}

function changedBy(ticket: ModelTicket, command: TicketCommand): ModelTicket {
  switch (command.do) {
    case 'move':
      return moved(ticket, after(positionOf(ticket), command.to), command.reason, command.by ?? 'system');
    case 'edit':
      return edited(ticket, command.edits);
    case 'archive':
      return archived(ticket);
    case 'restore':
      return restored(ticket);
  }
}

function refused(request: Request, refusal: Refusal, kept: boolean): Expected {
  const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
  return { request, status: refusal.status, body: problemOf(refusal, request.path), headers, kept };
}

/** The headers of an answer that shows a ticket. */
function shown({ view }: ModelTicket): { etag: string } {
  return { etag: `"${view.version}"` };
}
