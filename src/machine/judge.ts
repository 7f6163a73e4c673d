import type { CompiledGraph, CompiledPhase } from './graph';

/** What the judge needs to know of a ticket. */
export interface TicketState {
  readonly phase: string;
  /** While the ticket waits: the last phase that was not a waiting one. Null when it never was in one. */
  readonly resumePhase: string | null;
  readonly archived: boolean;
}

export type BlockerCode = 'resume_rule' | 'ticket_archived';

/** Why an edge that the graph has is closed to this ticket now. */
export interface Blocker {
  readonly code: BlockerCode;
  readonly message: string;
}

/** An edge out of the ticket's phase, and what stands in its way. */
export interface TransitionOption {
  readonly to: string;
  readonly blockers: readonly Blocker[];
}

export type Verdict =
  | { readonly allowed: true; readonly resumePhase: string | null }
  | {
      readonly allowed: false;
      readonly code: 'ticket_archived' | 'illegal_transition';
      readonly blockers: readonly Blocker[];
    };

const NOTHING: readonly Blocker[] = [];

/**
 * Decides one move. Pure: the same graph, ticket and request always give the same verdict, and nothing else is asked.
 *
 * Order of the reasons: archived, then illegal. An allowed move also says which phase the ticket resumes from afterwards.
 */
export function judge(graph: CompiledGraph, ticket: TicketState, to: string): Verdict {
  const from = graph.phases.get(ticket.phase);
  const target = from?.targets.has(to) ? graph.phases.get(to) : undefined;
  if (ticket.archived) return { allowed: false, code: 'ticket_archived', blockers: [ARCHIVED] };
  if (from === undefined || target === undefined) {
    return { allowed: false, code: 'illegal_transition', blockers: NOTHING };
  }
  const blockers = blockersOf(graph, ticket, from, target);
  if (blockers.length > 0) return { allowed: false, code: 'illegal_transition', blockers };
  return { allowed: true, resumePhase: resumePhaseAfter(ticket, from, target) };
}

/** Every edge out of the ticket's phase in the graph's order, judged as a real move would be. */
export function transitionOptions(graph: CompiledGraph, ticket: TicketState): TransitionOption[] {
  const targets = graph.phases.get(ticket.phase)?.targets ?? [];
  return Array.from(targets, (to) => {
    const verdict = judge(graph, ticket, to);
    return { to, blockers: verdict.allowed ? NOTHING : verdict.blockers };
  });
}

/** The phases that this ticket may move to now. */
export function legalTargets(graph: CompiledGraph, ticket: TicketState): string[] {
  return transitionOptions(graph, ticket)
    .filter(({ blockers }) => blockers.length === 0)
    .map(({ to }) => to);
}

/**
 * The fewest moves that bring this ticket to a phase, each of them legal when its turn comes; null when there is no way.
 * Walks (phase, resume phase) pairs, so a detour through a waiting phase is never offered where the resume rule forbids it.
 */
export function shortestWay(graph: CompiledGraph, ticket: TicketState, to: string): string[] | null {
  if (!graph.phases.has(to)) return null;
  const seen = new Set([keyOf(ticket)]);
  let frontier: { state: TicketState; way: string[] }[] = [{ state: ticket, way: [] }];
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { state, way } of frontier) {
      for (const phase of legalTargets(graph, state)) {
        if (phase === to) return [...way, phase];
        const reached = move(graph, state, phase);
        if (seen.has(keyOf(reached))) continue;
        seen.add(keyOf(reached));
        next.push({ state: reached, way: [...way, phase] });
      }
    }
    frontier = next;
  }
  return null;
}

const ARCHIVED: Blocker = { code: 'ticket_archived', message: 'The ticket is archived; restore it first.' };

function blockersOf(graph: CompiledGraph, ticket: TicketState, from: CompiledPhase, to: CompiledPhase) {
  if (graph.resume === 'any' || !from.waiting || to.waiting) return NOTHING;
  return mayResumeIn(graph, ticket, to) ? NOTHING : [resumeBlocker(ticket, from, to)];
}

/** The resume rule: a pause is no shortcut. A ticket that was born waiting has reached nothing and starts anew. */
function mayResumeIn(graph: CompiledGraph, ticket: TicketState, to: CompiledPhase): boolean {
  if (ticket.resumePhase === null) return graph.initial.has(to.id);
  const reached = graph.phases.get(ticket.resumePhase);
  return reached !== undefined && to.order <= reached.order;
}

function resumeBlocker(ticket: TicketState, from: CompiledPhase, to: CompiledPhase): Blocker {
  const message =
    ticket.resumePhase === null
      ? `The ticket began in ${from.id} and may resume only in an initial phase, not in ${to.id}.`
      : `The ticket came to ${from.id} from ${ticket.resumePhase} and may resume only there or earlier, not in ${to.id}.`;
  return { code: 'resume_rule', message };
}

/** The phase that a ticket resumes from once it has made this move. */
export function resumePhaseAfter(ticket: TicketState, from: CompiledPhase, to: CompiledPhase): string | null {
  if (!to.waiting) return null;
  return from.waiting ? ticket.resumePhase : from.id;
}

function move(graph: CompiledGraph, ticket: TicketState, to: string): TicketState {
  const [from, target] = [graph.phases.get(ticket.phase)!, graph.phases.get(to)!];
  return { phase: to, resumePhase: resumePhaseAfter(ticket, from, target), archived: ticket.archived };
}

function keyOf(ticket: TicketState): string {
  return JSON.stringify([ticket.phase, ticket.resumePhase]);
}
