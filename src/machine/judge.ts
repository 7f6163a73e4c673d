import type { CompiledEdge, CompiledWorkflow, CompiledPhase, Requirement } from './compiled-workflow';

/** What the judge needs to know of a ticket. */
export interface TicketState {
  readonly phase: string;
  /** While the ticket waits: the last phase that was not a waiting one. Null when it never was in one. */
  readonly resumePhase: string | null;
  readonly archived: boolean;
}

/** What a request to move brings along. */
export type Provided = Readonly<Record<Requirement, boolean>>;

const NOTHING_PROVIDED: Provided = { reason: false, artifacts: false };
const EVERYTHING_PROVIDED: Provided = { reason: true, artifacts: true };

/** The blocker of each requirement, while it is not met. */
const REQUIRED = {
  reason: { code: 'reason_required', message: 'This move needs a reason: send `reason`.' },
  artifacts: {
    code: 'artifacts_required',
    message: 'This move needs artifacts: send `artifacts`, an object that is not empty.',
  },
} as const satisfies Record<Requirement, Blocker>;

/** Every reason why an edge can be closed. */
export const BLOCKER_CODES = ['resume_rule', 'ticket_archived', 'reason_required', 'artifacts_required'] as const;
export type BlockerCode = (typeof BLOCKER_CODES)[number];

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
      readonly code: 'ticket_archived' | 'illegal_transition' | 'guard_failed';
      readonly blockers: readonly Blocker[];
    };

const NOTHING: readonly Blocker[] = [];

/**
 * Decides one move. Pure: the same graph, ticket and request always give the same verdict, and nothing else is asked.
 *
 * Order of the reasons: archived, illegal, then what the move requires and the request does not bring along. An allowed
 * move also says which phase the ticket resumes from afterwards.
 */
export function judge(
  graph: CompiledWorkflow,
  ticket: TicketState,
  to: string,
  provided: Provided = NOTHING_PROVIDED,
): Verdict {
  if (ticket.archived) return { allowed: false, code: 'ticket_archived', blockers: [ARCHIVED] };
  const from = graph.phases.get(ticket.phase);
  const edge = from?.edges.get(to);
  if (from === undefined || edge === undefined) {
    return { allowed: false, code: 'illegal_transition', blockers: NOTHING };
  }
  const blockers = blockersOf(graph, ticket, from, edge.to);
  if (blockers.length > 0) return { allowed: false, code: 'illegal_transition', blockers };
  const unmet = unmetRequirements(edge, provided);
  if (unmet.length > 0) return { allowed: false, code: 'guard_failed', blockers: unmet };
  return { allowed: true, resumePhase: resumePhaseAfter(ticket, from, edge.to) };
}

/** Every edge out of the ticket's phase in the graph's order, judged as a real move would be that brings nothing along. */
export function transitionOptions(graph: CompiledWorkflow, ticket: TicketState): TransitionOption[] {
  const edges = graph.phases.get(ticket.phase)?.edges.keys() ?? [];
  return Array.from(edges, (to) => {
    const verdict = judge(graph, ticket, to);
    return { to, blockers: verdict.allowed ? NOTHING : verdict.blockers };
  });
}

/** The phases that this ticket may move to now, with nothing but the request to. */
export function legalTargets(graph: CompiledWorkflow, ticket: TicketState): string[] {
  return transitionOptions(graph, ticket)
    .filter(({ blockers }) => blockers.length === 0)
    .map(({ to }) => to);
}

/** The edges that only wait for something that a request can bring along. */
export function guardedOptions(graph: CompiledWorkflow, ticket: TicketState): TransitionOption[] {
  return transitionOptions(graph, ticket).filter(
    ({ to, blockers }) => blockers.length > 0 && judge(graph, ticket, to, EVERYTHING_PROVIDED).allowed,
  );
}

/**
 * The fewest moves that bring this ticket to a phase, each of them legal when its turn comes; null when there is no way.
 * Walks (phase, resume phase) pairs, so a detour through a waiting phase is never offered where the resume rule forbids it.
 */
export function shortestPath(graph: CompiledWorkflow, ticket: TicketState, to: string): string[] | null {
  if (!graph.phases.has(to)) return null;
  const seen = new Set([keyOf(ticket)]);
  let frontier: { state: TicketState; way: string[] }[] = [{ state: ticket, way: [] }];
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { state, way } of frontier) {
      for (const phase of openTargets(graph, state)) {
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

/** Where a ticket may go, if its requests bring along what they have to. */
function openTargets(graph: CompiledWorkflow, ticket: TicketState): string[] {
  const edges = graph.phases.get(ticket.phase)?.edges.keys() ?? [];
  return [...edges].filter((to) => judge(graph, ticket, to, EVERYTHING_PROVIDED).allowed);
}

const ARCHIVED: Blocker = { code: 'ticket_archived', message: 'The ticket is archived; restore it first.' };

function unmetRequirements({ requires }: CompiledEdge, provided: Provided): readonly Blocker[] {
  if (requires.length === 0) return NOTHING;
  return requires.filter((requirement) => !provided[requirement]).map((requirement) => REQUIRED[requirement]);
}

function blockersOf(graph: CompiledWorkflow, ticket: TicketState, from: CompiledPhase, to: CompiledPhase) {
  if (graph.resume === 'any' || !from.waiting || to.waiting) return NOTHING;
  return mayResumeIn(graph, ticket, to) ? NOTHING : [resumeBlocker(ticket, from, to)];
}

/** The resume rule: a pause is no shortcut. A ticket that was born waiting has reached nothing and starts anew. */
function mayResumeIn(graph: CompiledWorkflow, ticket: TicketState, to: CompiledPhase): boolean {
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

function move(graph: CompiledWorkflow, ticket: TicketState, to: string): TicketState {
  const [from, target] = [graph.phases.get(ticket.phase)!, graph.phases.get(to)!];
  return { phase: to, resumePhase: resumePhaseAfter(ticket, from, target), archived: ticket.archived };
}

function keyOf(ticket: TicketState): string {
  return JSON.stringify([ticket.phase, ticket.resumePhase]);
}
