import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../http-client';
import { differences, type Check } from './agreement';
import { changedBy, refusalOf, type NamedCommand } from './changes';
import { NOBODY, type Command, type TicketCommand } from './commands';
import { refused, shown, type Expected } from './expected';
import { goalOf, namedExpectation, type NamedExpectation } from './goals';
import { Migrations } from './migrations';
import { NO_WORKFLOW, OwnWorkflow } from './own-workflow';
import { PATHS, readings } from './readings';
import { NOT_FOUND, problemOf, refusalOfMove, withdrawn } from './refusals';
import { fieldsOf, requestFor, withKey } from './requests';
import { after } from './rules';
import { created, moved, positionOf, type ModelTicket } from './ticket';
import { SDLC, type Workflow } from './workflow';

/** A request that was answered and whose answer is kept. */
interface Kept {
  readonly request: Request;
  readonly answer: Answer;
}

/** An item of a bulk, in the words of its ticket's workflow before the bulk. */
interface AskedItem {
  readonly place: number;
  readonly to: string;
  readonly reason?: string;
  readonly expects: NamedExpectation | null;
}

const API = '/api/v1/tickets';

/** An installation in memory: every command changes it as it should change the real one. */
export class Model {
  readonly tickets: ModelTicket[] = [];
  readonly kept: Kept[] = [];
  readonly workflow = new OwnWorkflow();
  readonly migrations = new Migrations(this.workflow);
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

  private create({ under, version, phase, priority, key }: Extract<Command, { do: 'create' }>): Expected {
    const workflow = this.workflow.find(under, version);
    const asked = phase && beginning(workflow ?? SDLC, phase);
    const named = under === 'built in' ? {} : { workflow: this.workflow.keyOf(under) };
    const body = { title: 'Modelled', ...named, workflow_version: version, phase_id: asked, priority };
    const request = withKey({ method: 'POST', path: API, body }, key);
    if (workflow === undefined) return refused(request, NO_WORKFLOW, key);
    if (asked !== undefined && !workflow.initial.includes(asked)) {
      return refused(request, { status: 400, code: 'validation_failed', facts: { errors: isOneFault } }, false);
    }
    const ticket = created(workflow, asked ?? workflow.initial[0]!, priority ?? 'MEDIUM');
    this.tickets.push(ticket);
    return { request, status: 201, body: ticket.view, headers: shown(ticket), kept: key };
  }

  private change(given: TicketCommand): Expected {
    const place = this.placeOf(given.ticket);
    const ticket = this.tickets[place];
    const command = namedCommand(ticket, given);
    const request = requestFor(command, `${API}/${this.idAt(place)}`);
    const refusal = ticket === undefined ? NOT_FOUND : refusalOf(ticket, command);
    if (ticket === undefined || refusal !== undefined) return refused(request, refusal!, command.key);
    const next = changedBy(ticket, command);
    this.tickets[place] = next;
    if (command.do === 'archive') return { request, status: 204, kept: command.key };
    const body = command.do === 'move' ? { ...next.view, transition: next.history.at(-1) } : next.view;
    return { request, status: 200, body, headers: shown(next), kept: command.key };
  }

  private bulk({ atomic, items, key }: Extract<Command, { do: 'bulk' }>): Expected {
    const asked = items.map(({ ticket, to, reason, expects = null }): AskedItem => {
      const place = this.placeOf(ticket);
      const before = this.tickets[place];
      return { place, to: goalOf(before, to), reason, expects: namedExpectation(before, expects) };
    });
    const before = [...this.tickets];
    const body = {
      mode: atomic ? 'atomic' : 'independent',
      items: asked.map(({ place, to, reason, expects }) => ({
        ticket_id: this.idAt(place),
        to_phase: to,
        reason,
        ...fieldsOf(expects),
      })),
    };
    const request = withKey({ method: 'POST', path: '/api/v1/transitions', body }, key);
    const results = asked.map((item) => this.bulkItem(item));
    const refusals = results.flatMap(({ ticket_id, problem, judged }, item) => {
      if (problem === undefined) return [];
      const ticket = before[asked[item]!.place];
      const isThere = ticket !== undefined && judged !== undefined;
      return [{ item, ticket_id, problem: isThere ? withdrawn(ticket, judged, problem) : problem }];
    });
    if (!atomic || refusals.length === 0)
      return {
        request,
        status: 200,
        body: { results: results.map(({ judged: _judged, ...told }) => told) },
        kept: key,
      };
    this.tickets.splice(0, Infinity, ...before);
    return refused(request, { status: 422, code: 'bulk_refused', facts: { refused: refusals } }, key);
  }

  private bulkItem({ place, to, reason, expects }: AskedItem) {
    const ticket = this.tickets[place];
    const ticket_id = this.idAt(place);
    const brought = { reason: reason ?? null, artifacts: null };
    const refusal = ticket === undefined ? NOT_FOUND : refusalOfMove(ticket, { to, ...brought }, expects);
    if (ticket === undefined || refusal !== undefined) {
      return {
        ticket_id,
        status: 'refused',
        problem: problemOf(refusal!, `${API}/${ticket_id}/transition`),
        judged: ticket,
      };
    }
    const next = moved(ticket, after(ticket.workflow, positionOf(ticket), to), brought, 'system');
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

  /** Without anything to repeat, the health is read. */
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
    const other: Request = { method: 'POST', path: API, body: { title: 'Another' }, headers };
    return refused(other, { status: 422, code: 'idempotency_key_reused', facts: {} }, false);
  }

  private placeOf(number: number): number {
    return number === NOBODY ? this.tickets.length : number % this.tickets.length;
  }

  private idAt(place: number): string {
    return this.tickets[place]?.view.id.value ?? this.nobody;
  }
}

const isOneFault: Check = (value) => (Array.isArray(value) && value.length === 1 ? undefined : 'should be one fault');

function beginning(
  { initial, phases }: Workflow,
  phase: NonNullable<Extract<Command, { do: 'create' }>['phase']>,
): string {
  if ('initial' in phase) return initial[phase.initial % initial.length]!;
  return phases[phase.place % phases.length]!.id;
}

function namedCommand(ticket: ModelTicket | undefined, command: TicketCommand): NamedCommand {
  const expects = namedExpectation(ticket, command.expects);
  return command.do === 'move' ? { ...command, to: goalOf(ticket, command.to), expects } : { ...command, expects };
}
