import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { judge, legalTargets, type TicketState, type Verdict } from '../../machine/judge';
import type { CheckedRow } from './checked-row';
import { shown, type Fault } from './fault';

/** What a requirement of a move is called. */
const REQUIRED = { reason_required: 'a reason', artifacts_required: 'artifacts' } as const;
const SHOWN_PHASES = 20;

/** @returns the state that the moves lead to, or the first thing that the workflow has against them */
export function judgeMoves(
  graph: CompiledWorkflow,
  start: TicketState,
  moves: readonly CheckedRow[],
): TicketState | Fault {
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

export function findUnknown({ phases }: CompiledWorkflow, line: number, state: string): Fault | undefined {
  if (phases.has(state)) return undefined;
  const names = [...phases.keys()].slice(0, SHOWN_PHASES).map(shown);
  const more = phases.size > SHOWN_PHASES ? ` and ${phases.size - SHOWN_PHASES} more` : '';
  const reason = `the workflow has no phase ${shown(state)}; it has ${names.join(', ')}${more}`;
  return { line, code: 'unknown_state', reason };
}

function reasonOf(
  graph: CompiledWorkflow,
  state: TicketState,
  to: string,
  { code, blockers }: Extract<Verdict, { allowed: false }>,
): string {
  const move = `from ${shown(state.phase)} to ${shown(to)}`;
  if (code === 'guard_failed') {
    const lacking = blockers.map((blocker) => REQUIRED[blocker.code as keyof typeof REQUIRED]);
    return `the move ${move} requires ${lacking.join(' and ')}, which a log does not have`;
  }
  if (blockers.length > 0) return blockers.map(({ message }) => message).join(' ');
  const exits = legalTargets(graph, state).map(shown);
  const way = exits.length > 0 ? `from there it leads to ${exits.join(' or ')}` : `${shown(state.phase)} is terminal`;
  return `the workflow has no move ${move}; ${way}`;
}
