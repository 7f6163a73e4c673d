import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { type Chain, readChain } from './chain';
import { type CheckedRow, checkRow } from './checked-row';
import { continueTicket } from './continuation';
import { type RowError, quoted } from './row-error';
import { type LogRow, NO_TICKET, type TicketRows } from './log-row';
import type { StoredTicket } from './stored-tickets';
import { judge, legalTargets, unmetNouns, type TicketState, type Verdict } from '../../machine/judge';

/** The rules for the rows of a log. */
export interface Rules {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  /** The workflow of a stored ticket. */
  graphOf(graphId: number): CompiledWorkflow;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Counts of rows that write nothing. */
interface Skipped {
  /** Rows that repeat the previous state. */
  readonly repeats: number;
  /** Rows whose times were truncated to milliseconds. */
  readonly shortened: number;
}

/** Counts for a stored ticket. */
interface Known extends Skipped {
  /** Rows that are already stored. */
  readonly present: number;
  /** True when the ticket keeps a title that differs from the log. */
  readonly titleKept: boolean;
}

export interface CreatePlan extends Skipped {
  readonly kind: 'create';
  readonly externalId: string;
  readonly creation: CheckedRow;
  readonly moves: readonly CheckedRow[];
  readonly title: string;
  readonly resumePhase: string | null;
}

export interface ContinuePlan extends Known {
  readonly kind: 'continue';
  /** The ticket as it was read. */
  readonly stored: StoredTicket;
  readonly moves: readonly CheckedRow[];
  /** The new title and its row; null when the title stays. */
  readonly title: string | null;
  readonly titledBy: CheckedRow;
  readonly resumePhase: string | null;
}

export interface UnchangedPlan extends Known {
  readonly kind: 'unchanged';
}

export interface QuarantinePlan {
  readonly kind: 'quarantine';
  /** At least one, ordered by line. */
  readonly errors: readonly RowError[];
}

/** The plan for a ticket, which is carried out as a whole. */
export type TicketPlan = CreatePlan | ContinuePlan | UnchangedPlan | QuarantinePlan;

/**
 * Plans the import of one ticket. Pure.
 *
 * @param stored the stored ticket; undefined when there is none
 */
export function planTicket(log: TicketRows, stored: StoredTicket | undefined, rules: Rules): TicketPlan {
  if (log.excess !== undefined && log.ticket !== NO_TICKET) return quarantine(log.rows.map(tooLarge));
  const rows = log.rows.map((row) => checkLogRow(row, rules.now));
  const errors = rows.filter(isRowError);
  if (errors.length > 0) return quarantine(errors);
  const chain = readChain(log.ticket, rows as CheckedRow[]);
  if (isRowError(chain)) return quarantine([chain]);
  return stored === undefined ? planCreation(log.ticket, chain, rules) : planContinuation(chain, stored, rules);
}

function checkLogRow(row: LogRow, now: number): CheckedRow | RowError {
  return 'error' in row ? { line: row.line, ...row.error } : checkRow(row, now);
}

function planCreation(externalId: string, chain: Chain, { graph }: Rules): TicketPlan {
  const { creation, moves, title, repeats, shortened } = chain;
  const start = { phase: creation.to, resumePhase: null, archived: false };
  const end = findUnknown(graph, creation.line, creation.to) ?? judgeMoves(graph, start, moves);
  if (isRowError(end)) return quarantine([end]);
  return { kind: 'create', externalId, creation, moves, title, resumePhase: end.resumePhase, repeats, shortened };
}

function planContinuation(chain: Chain, stored: StoredTicket, { graphOf }: Rules): TicketPlan {
  const continuation = continueTicket(chain, stored);
  if (isRowError(continuation)) return quarantine([continuation]);
  const { moves, title, titleKept } = continuation;
  const present = chain.moves.length + 1 - moves.length;
  const known = { present, titleKept, repeats: chain.repeats, shortened: chain.shortened };
  if (moves.length === 0 && title === null) return { kind: 'unchanged', ...known };
  const end = judgeMoves(graphOf(stored.graphId), stored, moves);
  if (isRowError(end)) return quarantine([end]);
  const { titledBy } = chain;
  return { kind: 'continue', stored, moves, title, titledBy, resumePhase: end.resumePhase, ...known };
}

function tooLarge({ line }: LogRow): RowError {
  return { line, code: 'ticket_too_large', reason: 'the rows of this ticket exceed the size limit' };
}

function quarantine(errors: readonly RowError[]): QuarantinePlan {
  return { kind: 'quarantine', errors: [...errors].sort((one, other) => one.line - other.line) };
}

function isRowError<T extends object>(value: T | RowError): value is RowError {
  return 'code' in value;
}

const SHOWN_PHASES = 20;

/** Validates transitions. @returns the final state, or the first error */
function judgeMoves(graph: CompiledWorkflow, start: TicketState, moves: readonly CheckedRow[]): TicketState | RowError {
  let state = start;
  for (const { line, to } of moves) {
    const unknown = findUnknown(graph, line, to);
    if (unknown !== undefined) return unknown;
    const verdict = judge(graph, state, to);
    if (!verdict.allowed) return { line, code: verdict.code, reason: reasonOf(graph, state, to, verdict) };
    state = { phase: to, resumePhase: verdict.resumePhase, archived: false };
  }
  return state;
}

function findUnknown({ phases }: CompiledWorkflow, line: number, state: string): RowError | undefined {
  if (phases.has(state)) return undefined;
  const names = [...phases.keys()].slice(0, SHOWN_PHASES).map(quoted);
  const more = phases.size > SHOWN_PHASES ? ` and ${phases.size - SHOWN_PHASES} more` : '';
  const reason = `the workflow has no phase ${quoted(state)}; it has ${names.join(', ')}${more}`;
  return { line, code: 'unknown_state', reason };
}

function reasonOf(
  graph: CompiledWorkflow,
  state: TicketState,
  to: string,
  { code, blockers }: Extract<Verdict, { allowed: false }>,
): string {
  const move = `from ${quoted(state.phase)} to ${quoted(to)}`;
  if (code === 'guard_failed') {
    return `the transition ${move} requires ${unmetNouns(blockers)}, which a log does not contain`;
  }
  if (blockers.length > 0) return blockers.map(({ message }) => message).join(' ');
  const exits = legalTargets(graph, state).map(quoted);
  const allowed = exits.length > 0 ? `allowed: ${exits.join(', ')}` : `${quoted(state.phase)} is terminal`;
  return `the workflow has no transition ${move}; ${allowed}`;
}
