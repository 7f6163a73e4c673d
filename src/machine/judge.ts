import type { CompiledEdge, CompiledPhase, CompiledWorkflow, Requirement } from './compiled-workflow';
import { REQUIREMENT_GUARDS, RULE_GUARDS, type RequirementGuard, type RuleGuard, type TransitionFacts } from './guards';

/** The state of a ticket that decides its transitions. */
export interface TicketState {
  readonly phase: string;
  /** The last phase before a waiting ticket began to wait. Null if there is none, or if the ticket is not waiting. */
  readonly resumePhase: string | null;
  readonly archived: boolean;
}

/** The requirements that a transition meets. */
export type MetRequirements = Readonly<Record<Requirement, boolean>>;

export const NONE_MET = requirementsMet(() => false);
const ALL_MET = requirementsMet(() => true);

/** The code of every condition that can block an edge. */
export const BLOCKER_CODES = [
  ...RULE_GUARDS.map(({ code }) => code),
  'ticket_archived' as const,
  ...REQUIREMENT_GUARDS.map(({ code }) => code),
];
export type BlockerCode = (typeof BLOCKER_CODES)[number];

/** A condition that blocks an edge for a ticket. */
export interface Blocker {
  readonly code: BlockerCode;
  readonly message: string;
}

const ARCHIVED: Blocker = { code: 'ticket_archived', message: 'The ticket is archived; restore it first.' };

/** An edge out of the ticket's phase with its blockers. */
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

const NO_BLOCKERS: readonly Blocker[] = [];

/**
 * Decides whether a ticket may move to a phase. Pure: the verdict depends on the arguments only.
 *
 * Checks in this order: the ticket is not archived, the edge exists and no rule forbids it, its requirements are met. The
 * verdict of an allowed transition has the phase in which the ticket resumes afterwards.
 */
export function judge(
  workflow: CompiledWorkflow,
  ticket: TicketState,
  to: string,
  met: MetRequirements = NONE_MET,
): Verdict {
  if (ticket.archived) return { allowed: false, code: 'ticket_archived', blockers: [ARCHIVED] };
  const from = workflow.phases.get(ticket.phase);
  const edge = from?.edges.get(to);
  if (from === undefined || edge === undefined) {
    return { allowed: false, code: 'illegal_transition', blockers: NO_BLOCKERS };
  }
  const broken = brokenRules(workflow, ticket, from, edge.to);
  if (broken.length > 0) return { allowed: false, code: 'illegal_transition', blockers: broken };
  const unmet = unmetRequirements(edge, met);
  if (unmet.length > 0) return { allowed: false, code: 'guard_failed', blockers: unmet };
  return { allowed: true, resumePhase: resumePhaseAfter(ticket, from, edge.to) };
}

/** Returns which requirements a transition with these facts meets. */
export function metRequirements(facts: TransitionFacts): MetRequirements {
  return requirementsMet((guard) => guard.isMet(facts));
}

/** Returns the requirements among blockers as "a reason and artifacts". */
export function unmetNouns(blockers: readonly Blocker[]): string {
  return requirementsAmong(blockers)
    .map(({ noun }) => noun)
    .join(' and ');
}

/** Returns the end of a sentence that begins with "The transition from A to B": what it requires, and the remedies. */
export function unmetSentence(blockers: readonly Blocker[]): string {
  const remedies = requirementsAmong(blockers).map(({ remedy }) => remedy);
  return `requires ${unmetNouns(blockers)}. ${remedies.join(' ')}`;
}

/**
 * Returns the audit's code for a stored transition with this blocker.
 *
 * @throws Error for a blocker that no guard has
 */
export function findingCodeOf({ code }: Blocker): (RequirementGuard | RuleGuard)['findingCode'] {
  const guard = [...RULE_GUARDS, ...REQUIREMENT_GUARDS].find((candidate) => candidate.code === code);
  if (guard === undefined) throw new Error(`No guard has the blocker ${code}`);
  return guard.findingCode;
}

/** Returns every edge out of the ticket's phase, in the order of the definition, judged for a request that has only a target. */
export function transitionOptions(workflow: CompiledWorkflow, ticket: TicketState): TransitionOption[] {
  const edges = workflow.phases.get(ticket.phase)?.edges.keys() ?? [];
  return Array.from(edges, (to) => {
    const verdict = judge(workflow, ticket, to);
    return { to, blockers: verdict.allowed ? NO_BLOCKERS : verdict.blockers };
  });
}

/** Returns the phases that the ticket may move to by a request that has only a target. */
export function legalTargets(workflow: CompiledWorkflow, ticket: TicketState): string[] {
  return transitionOptions(workflow, ticket)
    .filter(({ blockers }) => blockers.length === 0)
    .map(({ to }) => to);
}

/** Returns the edges that only requirements block. */
export function guardedOptions(workflow: CompiledWorkflow, ticket: TicketState): TransitionOption[] {
  return transitionOptions(workflow, ticket).filter(
    ({ to, blockers }) => blockers.length > 0 && judge(workflow, ticket, to, ALL_MET).allowed,
  );
}

/** Returns the phase in which a ticket resumes after a transition; null if it does not wait. */
export function resumePhaseAfter(
  ticket: Pick<TicketState, 'resumePhase'>,
  from: CompiledPhase,
  to: CompiledPhase,
): string | null {
  if (!to.waiting) return null;
  return from.waiting ? ticket.resumePhase : from.id;
}

/** Returns true if a ticket whose requests meet all requirements may take an edge. */
export function isOpen(
  workflow: CompiledWorkflow,
  resumePhase: string | null,
  from: CompiledPhase,
  to: CompiledPhase,
): boolean {
  const transition = { workflow, from, to, resumePhase };
  return RULE_GUARDS.every(({ violation }) => violation(transition) === undefined);
}

function brokenRules(
  workflow: CompiledWorkflow,
  { resumePhase }: TicketState,
  from: CompiledPhase,
  to: CompiledPhase,
): readonly Blocker[] {
  const transition = { workflow, from, to, resumePhase };
  const blockers: Blocker[] = [];
  for (const { code, violation } of RULE_GUARDS) {
    const message = violation(transition);
    if (message !== undefined) blockers.push({ code, message });
  }
  return blockers;
}

function unmetRequirements({ guards }: CompiledEdge, met: MetRequirements): readonly Blocker[] {
  if (guards.length === 0) return NO_BLOCKERS;
  return guards
    .filter(({ name }) => !met[name])
    .map(({ code, noun, remedy }) => ({ code, message: `This transition requires ${noun}. ${remedy}` }));
}

function requirementsAmong(blockers: readonly Blocker[]): RequirementGuard[] {
  return blockers.flatMap(({ code }) => REQUIREMENT_GUARDS.find((guard) => guard.code === code) ?? []);
}

function requirementsMet(isMet: (guard: RequirementGuard) => boolean): MetRequirements {
  return Object.fromEntries(REQUIREMENT_GUARDS.map((guard) => [guard.name, isMet(guard)])) as MetRequirements;
}
