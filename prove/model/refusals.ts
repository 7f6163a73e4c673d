import type { HttpRequest, HttpResponse } from '../../testkit/http-client';
import type { Check } from './agreement';
import type { NamedPrecondition } from './preconditions';
import {
  distance,
  edgesFrom,
  isBlockedByResumeRule,
  isPath,
  openEdges,
  targetsOf,
  missing,
  type TransitionInput,
} from './rules';
import { positionOf, type ModelTicket } from './ticket';

/** An expected problem response. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** The members that the code defines. */
  readonly facts: object;
}

/** The maximum number of listed changes. */
const CHANGES_LISTED = 100;

export const NOT_FOUND: Refusal = { status: 404, code: 'ticket_not_found', facts: {} };

/** A requested transition. */
export interface RequestedTransition extends TransitionInput {
  readonly to: string;
}

/**
 * Returns why a transition is rejected; undefined when it succeeds. The order is: preconditions, archived, illegal, missing
 * requirements.
 */
export function refusalOfMove(
  ticket: ModelTicket,
  move: RequestedTransition,
  expects: NamedPrecondition | null,
): Refusal | undefined {
  return (
    failedPrecondition(ticket, expects) ??
    refusalOfArchived(ticket) ??
    illegalTransition(ticket, move.to) ??
    missingRequirements(ticket, move)
  );
}

export function refusalOfArchived({ view }: ModelTicket): Refusal | undefined {
  if (view.archived_at === null) return undefined;
  return { status: 409, code: 'ticket_archived', facts: { archived_at: view.archived_at } };
}

/** Returns the rejection of a failed precondition. */
export function failedPrecondition(ticket: ModelTicket, expects: NamedPrecondition | null): Refusal | undefined {
  if (expects === null) return undefined;
  const { view, history } = ticket;
  if (expects.by === 'expected_phase') {
    if (expects.phase === view.phase_id) return undefined;
    const left = history.findLast(({ from_phase }) => from_phase === expects.phase)?.version ?? 1;
    return { status: 409, code: 'version_conflict', facts: changed(ticket, left - 1) };
  }
  if (expects.version === '*' || expects.version === view.version) return undefined;
  const facts = changed(ticket, expects.version);
  if (expects.by === 'If-Match') return { status: 412, code: 'precondition_failed', facts };
  return { status: 409, code: 'version_conflict', facts };
}

/**
 * Returns the rejection of an item in a bulk request that is rolled back, without the changes of its other items.
 *
 * @param ticket before the request
 * @param judged after the items before this one
 */
export function withdrawn({ view }: ModelTicket, judged: ModelTicket, problem: Problem): Problem {
  const hasMoved = judged.view.version > view.version;
  const judged_at = { phase: judged.view.phase_id, version: judged.view.version };
  const complete = hasMoved ? { ...problem, judged_at } : problem;
  if (problem.changes_since === undefined) return complete;
  return {
    ...complete,
    current: { phase: view.phase_id, version: view.version },
    changes_since: problem.changes_since.filter(({ version }) => version <= view.version),
  };
}

function illegalTransition(ticket: ModelTicket, to: string): Refusal | undefined {
  const { workflow } = ticket;
  const position = positionOf(ticket);
  if (openEdges(workflow, position).some((edge) => edge.to === to)) return undefined;
  const isEdge = edgesFrom(workflow, position.phase).some((edge) => edge.to === to);
  const blockers =
    isEdge && isBlockedByResumeRule(workflow, position, to) ? [{ code: 'resume_rule', message: isText }] : [];
  const moves = distance(workflow, position, to);
  const isShortest: Check = (path) =>
    Array.isArray(path) && path.length === moves && path.at(-1) === to && isPath(workflow, position, path as string[])
      ? undefined
      : `is not a path of ${moves} transitions to ${to}`;
  const valid_transitions = targetsOf(workflow, position);
  const facts = { from_phase: position.phase, to_phase: to, valid_transitions, blockers };
  const shortest = moves === undefined ? {} : { shortest_path: isShortest };
  return { status: 400, code: 'illegal_transition', facts: { ...facts, ...shortest } };
}

/** Returns all missing requirements of a legal transition. */
function missingRequirements(
  { workflow, view }: ModelTicket,
  { to, ...input }: RequestedTransition,
): Refusal | undefined {
  const edge = edgesFrom(workflow, view.phase_id).find((one) => one.to === to)!;
  const blockers = missing(edge, input).map((requirement) => ({ code: `${requirement}_required`, message: isText }));
  if (blockers.length === 0) return undefined;
  return { status: 422, code: 'guard_failed', facts: { from_phase: view.phase_id, to_phase: to, blockers } };
}

/** The current state of a ticket and its newest events after a version. */
function changed({ view, events }: ModelTicket, version: number) {
  const since = events.filter((event) => event.version > version);
  return {
    current: { phase: view.phase_id, version: view.version },
    changes_since: since.slice(-CHANGES_LISTED),
    ...(since.length > CHANGES_LISTED ? { changes_omitted: true } : {}),
  };
}

export const isText: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'should be a non-empty string';

/** A problem document. */
export interface Problem {
  readonly changes_since?: readonly { readonly version: number }[];
  readonly [fact: string]: unknown;
}

/** Returns the complete problem document. */
export function problemOf({ status, code, facts }: Refusal, instance: string): Problem {
  return { type: `urn:phaseline:problem:${code}`, title: isText, status, detail: isText, instance, code, ...facts };
}

/** A request with the response that the model predicts. */
export interface Expected {
  readonly request: HttpRequest;
  readonly status: number;
  /** Undefined: an empty body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** The exact body, where it is known. */
  readonly text?: string;
  /** True: the server stores the response, so that the request can be repeated. */
  readonly kept?: boolean;
  /** The end of a process that continues after the response. */
  readonly completion?: Completion;
}

/** A request that is repeated until a process has finished, and the expected result. */
export interface Completion {
  request(answer: HttpResponse): HttpRequest;
  isOver(answer: HttpResponse): boolean;
  readonly body: unknown;
}

/** Expects a problem document. @param kept true: the response is stored under the Idempotency-Key */
export function rejected(request: HttpRequest, refusal: Refusal, kept: boolean): Expected {
  const headers = { 'content-type': 'application/problem+json; charset=utf-8' };
  return { request, status: refusal.status, body: problemOf(refusal, request.path.split('?')[0]!), headers, kept };
}

/** Returns the headers of a response that contains a ticket. */
export function ticketHeaders({ view }: ModelTicket): { etag: string } {
  return { etag: `"${view.version}"` };
}
