import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { readChain, type Chain } from './chain';
import { checkRow, type CheckedRow } from './checked-row';
import { continueTicket } from './continuation';
import type { Fault } from './fault';
import { findUnknown, judgeMoves } from './judgement';
import { NOBODYS, type LogRow, type TicketRows } from './row';
import type { StoredTicket } from './stored-ticket';

/** What the rows of a log are judged by. */
export interface Rules {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  /** The workflow of a stored ticket. */
  graphOf(graphId: number): CompiledWorkflow;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Rows that write nothing. */
interface Skipped {
  /** Rows that repeat a state. */
  readonly repeats: number;
  /** Rows whose times were cut to milliseconds. */
  readonly shortened: number;
}

/** A ticket that is stored already. */
interface Known extends Skipped {
  /** Rows that are stored already. */
  readonly present: number;
  /** The ticket keeps a title that is not the log's. */
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
  /** What the plan rests on. */
  readonly stored: StoredTicket;
  readonly moves: readonly CheckedRow[];
  /** The new title, and the row that gave it; null where the title stays. */
  readonly title: string | null;
  readonly titledBy: CheckedRow;
  readonly resumePhase: string | null;
}

export interface UnchangedPlan extends Known {
  readonly kind: 'unchanged';
}

export interface QuarantinePlan {
  readonly kind: 'quarantine';
  /** At least one, by line. */
  readonly faults: readonly Fault[];
}

/** What is to be done about a ticket: all of it, or nothing. */
export type TicketPlan = CreatePlan | ContinuePlan | UnchangedPlan | QuarantinePlan;

/**
 * Decides what becomes of the rows of one ticket. Pure: the same rows, stored ticket and rules always give the same plan.
 *
 * @param stored the ticket as the database has it; undefined where it has none
 */
export function planTicket(log: TicketRows, stored: StoredTicket | undefined, rules: Rules): TicketPlan {
  if (log.excess !== undefined && log.ticket !== NOBODYS) return quarantine(log.rows.map(tooLarge));
  const rows = log.rows.map((row) => checkLogRow(row, rules.now));
  const faults = rows.filter(isFault);
  if (faults.length > 0) return quarantine(faults);
  const chain = readChain(log.ticket, rows as CheckedRow[]);
  if (isFault(chain)) return quarantine([chain]);
  return stored === undefined ? planCreation(log.ticket, chain, rules) : planContinuation(chain, stored, rules);
}

function checkLogRow(row: LogRow, now: number): CheckedRow | Fault {
  return 'fault' in row ? { line: row.line, ...row.fault } : checkRow(row, now);
}

function planCreation(externalId: string, chain: Chain, { graph }: Rules): TicketPlan {
  const { creation, moves, title, repeats, shortened } = chain;
  const start = { phase: creation.to, resumePhase: null, archived: false };
  const end = findUnknown(graph, creation.line, creation.to) ?? judgeMoves(graph, start, moves);
  if (isFault(end)) return quarantine([end]);
  return { kind: 'create', externalId, creation, moves, title, resumePhase: end.resumePhase, repeats, shortened };
}

function planContinuation(chain: Chain, stored: StoredTicket, { graphOf }: Rules): TicketPlan {
  const continuation = continueTicket(chain, stored);
  if (isFault(continuation)) return quarantine([continuation]);
  const { moves, title, titleKept } = continuation;
  const present = chain.moves.length + 1 - moves.length;
  const known = { present, titleKept, repeats: chain.repeats, shortened: chain.shortened };
  if (moves.length === 0 && title === null) return { kind: 'unchanged', ...known };
  const end = judgeMoves(graphOf(stored.graphId), stored, moves);
  if (isFault(end)) return quarantine([end]);
  const { titledBy } = chain;
  return { kind: 'continue', stored, moves, title, titledBy, resumePhase: end.resumePhase, ...known };
}

function tooLarge({ line }: LogRow): Fault {
  return { line, code: 'ticket_too_large', reason: 'the rows of this ticket are too many to be held together' };
}

function quarantine(faults: readonly Fault[]): QuarantinePlan {
  return { kind: 'quarantine', faults: [...faults].sort((one, other) => one.line - other.line) };
}

function isFault<T extends object>(value: T | Fault): value is Fault {
  return 'code' in value;
}
