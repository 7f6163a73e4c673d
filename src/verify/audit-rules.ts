import type { CompiledGraph } from '../machine/graph';
import { judge, resumePhaseAfter } from '../machine/judge';
import type { Report } from './finding';
import type { Rulebook } from './rulebook';
import type { MoveRow, TicketRecord } from './ticket-record';

/**
 * Replays the moves before the judge that decides them when they are made, and reports each one that he would have refused.
 *
 * A refused move is replayed all the same, so that the moves after it are judged on what they found. Whether the ticket
 * was archived meanwhile is told by its events, not by its moves.
 */
export function auditRules({ ticket, moves }: TicketRecord, rulebook: Rulebook, report: Report): void {
  const own = rulebook.ruleOf(ticket.graphId);
  if (own === undefined) return report('graph_unknown', `There is no graph ${ticket.graphId}.`);
  if (own.complete && !own.graph.phases.has(ticket.initialPhase)) {
    report('phase_unknown', `The ticket began in ${ticket.initialPhase}, which graph ${ticket.graphId} does not have.`);
  }
  let resumePhase: string | null = null;
  for (const move of moves) {
    const graph = graphOf(move, ticket.graphId, rulebook, report);
    if (graph === undefined) return;
    auditMove(graph, move, resumePhase, report);
    resumePhase = resumePhaseOf(graph, move, resumePhase);
  }
  if (own.complete && ticket.resumePhase !== resumePhase) {
    const due = `after all of its moves it should be ${resumePhase}`;
    report('resume_phase_mismatch', `resume_phase_id is ${ticket.resumePhase}; ${due}.`);
  }
}

/** The graph that a move is judged by: the one that it was made under. */
function graphOf(move: MoveRow, graphId: number, rulebook: Rulebook, report: Report): CompiledGraph | undefined {
  if (move.graphId !== graphId) {
    const detail = `History row ${move.sequence} was made under graph ${move.graphId}; the ticket has ${graphId}.`;
    report('graph_mismatch', detail);
  }
  const rule = rulebook.ruleOf(move.graphId);
  if (rule === undefined) {
    report('graph_unknown', `There is no graph ${move.graphId}, under which history row ${move.sequence} was made.`);
  }
  return rule?.graph;
}

function auditMove(graph: CompiledGraph, move: MoveRow, resumePhase: string | null, report: Report): void {
  const verdict = judge(graph, { phase: move.from, resumePhase, archived: false }, move.to);
  if (verdict.allowed) return;
  if (verdict.blockers.length === 0) {
    const edge = `${move.from} to ${move.to}`;
    report('edge_unknown', `History row ${move.sequence} goes from ${edge}; graph ${move.graphId} has no such edge.`);
  }
  for (const { message } of verdict.blockers) {
    report('resume_rule_broken', `History row ${move.sequence} would have been refused: ${message}`);
  }
}

/** A phase that the graph does not have is no waiting one. */
function resumePhaseOf(graph: CompiledGraph, { from, to }: MoveRow, resumePhase: string | null): string | null {
  const [source, target] = [graph.phases.get(from), graph.phases.get(to)];
  if (target === undefined) return null;
  if (source === undefined) return target.waiting ? from : null;
  return resumePhaseAfter({ phase: from, resumePhase, archived: false }, source, target);
}
