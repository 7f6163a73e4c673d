import type { Check } from './agreement';
import type { NamedExpectation } from './goals';
import { distance, edgesFrom, isHeldBack, isWay, openEdges, targetsOf, unmet, type Brought } from './rules';
import { positionOf, type ModelTicket } from './ticket';

/** An answer that says no, as the model expects it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** What the code carries. */
  readonly facts: object;
}

/** Changes that a refusal lists at most. */
const CHANGES_LISTED = 100;

export const NOT_FOUND: Refusal = { status: 404, code: 'ticket_not_found', facts: {} };

/** A move that is asked for. */
export interface AskedMove extends Brought {
  readonly to: string;
}

/**
 * Why a move is not made; undefined when it is. Asked in this order: what the caller expects, archived, illegal, and what the
 * move requires.
 */
export function refusalOfMove(
  ticket: ModelTicket,
  move: AskedMove,
  expects: NamedExpectation | null,
): Refusal | undefined {
  return (
    staleness(ticket, expects) ?? refusalOfArchived(ticket) ?? illegality(ticket, move.to) ?? shortcoming(ticket, move)
  );
}

export function refusalOfArchived({ view }: ModelTicket): Refusal | undefined {
  if (view.archived_at === null) return undefined;
  return { status: 409, code: 'ticket_archived', facts: { archived_at: view.archived_at } };
}

/** Why a ticket is not what its caller takes it for. */
export function staleness(ticket: ModelTicket, expects: NamedExpectation | null): Refusal | undefined {
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
 * The refusal in a bulk that is not carried out: what it would have changed has not happened.
 *
 * @param ticket before the bulk
 * @param judged after the items before this one
 */
export function withdrawn({ view }: ModelTicket, judged: ModelTicket, problem: Problem): Problem {
  const hasMoved = judged.view.version > view.version;
  const judged_at = { phase: judged.view.phase_id, version: judged.view.version };
  const told = hasMoved ? { ...problem, judged_at } : problem;
  if (problem.changes_since === undefined) return told;
  return {
    ...told,
    current: { phase: view.phase_id, version: view.version },
    changes_since: problem.changes_since.filter(({ version }) => version <= view.version),
  };
}

function illegality(ticket: ModelTicket, to: string): Refusal | undefined {
  const { workflow } = ticket;
  const position = positionOf(ticket);
  if (openEdges(workflow, position).some((edge) => edge.to === to)) return undefined;
  const isEdge = edgesFrom(workflow, position.phase).some((edge) => edge.to === to);
  const blockers = isEdge && isHeldBack(workflow, position, to) ? [{ code: 'resume_rule', message: isText }] : [];
  const moves = distance(workflow, position, to);
  const isShortest: Check = (way) =>
    Array.isArray(way) && way.length === moves && way.at(-1) === to && isWay(workflow, position, way as string[])
      ? undefined
      : `is not a way of ${moves} moves to ${to}`;
  const valid_transitions = targetsOf(workflow, position);
  const facts = { from_phase: position.phase, to_phase: to, valid_transitions, blockers };
  const shortest = moves === undefined ? {} : { shortest_path: isShortest };
  return { status: 400, code: 'illegal_transition', facts: { ...facts, ...shortest } };
}

/** What a legal move lacks: all of it is told at once. */
function shortcoming({ workflow, view }: ModelTicket, { to, ...brought }: AskedMove): Refusal | undefined {
  const edge = edgesFrom(workflow, view.phase_id).find((one) => one.to === to)!;
  const blockers = unmet(edge, brought).map((requirement) => ({ code: `${requirement}_required`, message: isText }));
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

export const isText: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'should be a text');

/** A problem document, as far as anybody looks into it. */
export interface Problem {
  readonly changes_since?: readonly { readonly version: number }[];
  readonly [fact: string]: unknown;
}

/** The whole problem document. */
export function problemOf({ status, code, facts }: Refusal, instance: string): Problem {
  return { type: `urn:phaseline:problem:${code}`, title: isText, status, detail: isText, instance, code, ...facts };
}
