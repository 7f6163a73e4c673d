import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../testkit/http-client';
import { differences, type Check } from './agreement';
import { UNKNOWN_TICKET, type Command, type TicketCommand, type TicketReading } from './commands';
import { Migrations } from './migrations';
import { NO_WORKFLOW, OwnWorkflow } from './own-workflow';
import { namedPrecondition, targetOf, type NamedPrecondition } from './preconditions';
import {
  isText,
  NOT_FOUND,
  problemOf,
  refusalOfMove,
  rejected,
  ticketHeaders,
  withdrawn,
  type Expected,
} from './refusals';
import { after, edgesFrom, isBlockedByResumeRule, targetsOf, type Position } from './rules';
import { created, moved, positionOf, type ModelTicket } from './ticket';
import { changedBy, fieldsOf, refusalOf, requestFor, withKey, type NamedCommand } from './ticket-commands';
import { SDLC, type Transition, type Workflow } from './workflow';

/** A request whose response the server stored. */
interface StoredResponse {
  readonly request: HttpRequest;
  readonly answer: HttpResponse;
}

/** An item of a bulk request, resolved before the request. */
interface RequestedItem {
  readonly place: number;
  readonly to: string;
  readonly reason?: string;
  readonly expects: NamedPrecondition | null;
}

const API = '/api/v1/tickets';

/** A model of an installation in memory. */
export class Model {
  readonly tickets: ModelTicket[] = [];
  readonly kept: StoredResponse[] = [];
  readonly workflow = new OwnWorkflow();
  readonly migrations = new Migrations(this.workflow);
  private readonly unknownId = randomUUID();

  /** Applies a command to the model and returns the expected response. */
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
      case 'define':
        return this.workflow.define(command);
      case 'migrate':
        return this.migrations.migrate(command, this.tickets);
      case 'look':
        return this.workflow.look(command, this.tickets);
      default:
        return this.change(command);
    }
  }

  /** Returns the differences between the expected and the actual response. */
  compare(expected: Expected, answer: HttpResponse): string[] {
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

  private create({ under, version, phase, priority, key }: Extract<Command, { do: 'create' }>): Expected {
    const workflow = this.workflow.find(under, version);
    const requested = phase && requestedPhase(workflow ?? SDLC, phase);
    const named = under === 'built in' ? {} : { workflow: this.workflow.keyOf(under) };
    const body = { title: 'Modelled', ...named, workflow_version: version, phase_id: requested, priority };
    const request = withKey({ method: 'POST', path: API, body }, key);
    if (workflow === undefined) return rejected(request, NO_WORKFLOW, key);
    if (requested !== undefined && !workflow.initial.includes(requested)) {
      return rejected(request, { status: 400, code: 'validation_failed', facts: { errors: isOneError } }, false);
    }
    const ticket = created(workflow, requested ?? workflow.initial[0]!, priority ?? 'MEDIUM');
    this.tickets.push(ticket);
    return { request, status: 201, body: ticket.view, headers: ticketHeaders(ticket), kept: key };
  }

  private change(given: TicketCommand): Expected {
    const place = this.placeOf(given.ticket);
    const ticket = this.tickets[place];
    const command = namedCommand(ticket, given);
    const request = requestFor(command, `${API}/${this.idAt(place)}`);
    const refusal = ticket === undefined ? NOT_FOUND : refusalOf(ticket, command);
    if (ticket === undefined || refusal !== undefined) return rejected(request, refusal!, command.key);
    const next = changedBy(ticket, command);
    this.tickets[place] = next;
    if (command.do === 'archive') return { request, status: 204, kept: command.key };
    const body = command.do === 'move' ? { ...next.view, transition: next.history.at(-1) } : next.view;
    return { request, status: 200, body, headers: ticketHeaders(next), kept: command.key };
  }

  private bulk({ atomic, items, key }: Extract<Command, { do: 'bulk' }>): Expected {
    const requested = items.map(({ ticket, to, reason, expects = null }): RequestedItem => {
      const place = this.placeOf(ticket);
      const before = this.tickets[place];
      return { place, to: targetOf(before, to), reason, expects: namedPrecondition(before, expects) };
    });
    const before = [...this.tickets];
    const body = {
      mode: atomic ? 'atomic' : 'independent',
      items: requested.map(({ place, to, reason, expects }) => ({
        ticket_id: this.idAt(place),
        to_phase: to,
        reason,
        ...fieldsOf(expects),
      })),
    };
    const request = withKey({ method: 'POST', path: '/api/v1/transitions', body }, key);
    const results = requested.map((item) => this.bulkItem(item));
    const refusals = results.flatMap(({ ticket_id, problem, judged }, item) => {
      if (problem === undefined) return [];
      const ticket = before[requested[item]!.place];
      const isJudged = ticket !== undefined && judged !== undefined;
      return [{ item, ticket_id, problem: isJudged ? withdrawn(ticket, judged, problem) : problem }];
    });
    if (!atomic || refusals.length === 0)
      return {
        request,
        status: 200,
        body: { results: results.map(({ judged: _judged, ...result }) => result) },
        kept: key,
      };
    this.tickets.splice(0, Infinity, ...before);
    return rejected(request, { status: 422, code: 'bulk_refused', facts: { refused: refusals } }, key);
  }

  private bulkItem({ place, to, reason, expects }: RequestedItem) {
    const ticket = this.tickets[place];
    const ticket_id = this.idAt(place);
    const input = { reason: reason ?? null, artifacts: null };
    const refusal = ticket === undefined ? NOT_FOUND : refusalOfMove(ticket, { to, ...input }, expects);
    if (ticket === undefined || refusal !== undefined) {
      return {
        ticket_id,
        status: 'refused',
        problem: problemOf(refusal!, `${API}/${ticket_id}/transition`),
        judged: ticket,
      };
    }
    const next = moved(ticket, after(ticket.workflow, positionOf(ticket), to), input, 'system');
    this.tickets[place] = next;
    return { ticket_id, status: 'ok', transition: next.history.at(-1) };
  }

  private read({ ticket: number, what }: Extract<Command, { do: 'read' }>): Expected {
    const place = this.placeOf(number);
    const ticket = this.tickets[place];
    const path = `${API}/${this.idAt(place)}${PATHS[what]}`;
    const request: HttpRequest = { method: 'GET', path };
    if (ticket === undefined) return rejected(request, NOT_FOUND, false);
    const body = readings(ticket)[what];
    const { etag } = ticketHeaders(ticket);
    if (what === 'known ticket') {
      return { request: { ...request, headers: { 'if-none-match': etag } }, status: 304, body, headers: { etag } };
    }
    return { request, status: 200, body, headers: what === 'ticket' ? { etag } : {} };
  }

  /** Repeats a stored request; without one, reads the health. */
  private repeat({ request: number, same }: Extract<Command, { do: 'again' }>): Expected {
    const kept = this.kept[number % (this.kept.length || 1)];
    if (kept === undefined)
      return { request: { method: 'GET', path: '/health/live' }, status: 200, body: { status: 'ok' } };
    const { request, answer } = kept;
    if (same) {
      const headers = { etag: answer.headers.etag, location: answer.headers.location };
      return { request, status: answer.status, text: answer.text, headers };
    }
    const headers = { 'idempotency-key': request.headers!['idempotency-key']! };
    const other: HttpRequest = { method: 'POST', path: API, body: { title: 'Another' }, headers };
    return rejected(other, { status: 422, code: 'idempotency_key_reused', facts: {} }, false);
  }

  private placeOf(number: number): number {
    return number === UNKNOWN_TICKET ? this.tickets.length : number % this.tickets.length;
  }

  private idAt(place: number): string {
    return this.tickets[place]?.view.id.value ?? this.unknownId;
  }
}

const isOneError: Check = (value) => (Array.isArray(value) && value.length === 1 ? undefined : 'should list one error');

function requestedPhase(
  { initial, phases }: Workflow,
  phase: NonNullable<Extract<Command, { do: 'create' }>['phase']>,
): string {
  if ('initial' in phase) return initial[phase.initial % initial.length]!;
  return phases[phase.place % phases.length]!.id;
}

function namedCommand(ticket: ModelTicket | undefined, command: TicketCommand): NamedCommand {
  const expects = namedPrecondition(ticket, command.expects);
  return command.do === 'move' ? { ...command, to: targetOf(ticket, command.to), expects } : { ...command, expects };
}

const PATHS: Readonly<Record<TicketReading, string>> = {
  ticket: '',
  'known ticket': '',
  history: '/phase-history',
  options: '/valid-transitions',
  events: '/events',
};

/** Returns the expected results of all reads of a ticket. */
function readings(ticket: ModelTicket): Readonly<Record<TicketReading, unknown>> {
  const { view, history, events } = ticket;
  return { ticket: view, 'known ticket': undefined, history, options: optionsOf(ticket), events };
}

function optionsOf(ticket: ModelTicket): object {
  const { workflow, view } = ticket;
  const position = positionOf(ticket);
  const { id, phase_id, version, archived_at } = view;
  const transitions = edgesFrom(workflow, position.phase).map((edge) => {
    const codes = archived_at === null ? blockersOf(workflow, position, edge) : ['ticket_archived'];
    const blockers = codes.map((code) => ({ code, message: isText }));
    return { to_phase: edge.to, allowed: codes.length === 0, blockers };
  });
  const valid_transitions = archived_at === null ? targetsOf(workflow, position) : [];
  return { ticket_id: id, current_phase: phase_id, version, valid_transitions, transitions };
}

/** Returns the blockers of a transition without reason and artifacts. */
function blockersOf(workflow: Workflow, position: Position, edge: Transition): string[] {
  if (isBlockedByResumeRule(workflow, position, edge.to)) return ['resume_rule'];
  return edge.requires.map((requirement) => `${requirement}_required`);
}
