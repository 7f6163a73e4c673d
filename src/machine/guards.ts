import type { LintCode } from './lint-finding';

/*
 * Guards: the conditions that a transition must meet besides being an edge of its workflow. A definition names requirements
 * in `requires` of a transition; rules apply to every transition.
 *
 * The judge, the lint, definitions and their JSON Schema, diagrams, valid transitions, OpenAPI, the audit, `verify` and the
 * import read the two lists below. To add a guard, write its object, list it, and add the facts that it reads.
 */

/** The facts of a transition that requirements read: from a request, an export, or a row of the history. */
export interface TransitionFacts {
  readonly reason: string | null;
  readonly artifacts: unknown;
}

/** A condition that a transition asks for by name. */
export interface RequirementGuard {
  /** The entry of `requires`, also the label in diagrams. */
  readonly name: string;
  /** The condition, for the schema of definitions. */
  readonly description: string;
  /** The object of "The transition requires …". */
  readonly noun: string;
  /** Instructs a client whose request does not meet the requirement. */
  readonly remedy: string;
  /** The code of the blocker while the requirement is not met. */
  readonly code: string;
  /** The audit's code for a stored transition that does not meet it. */
  readonly findingCode: 'requirement_missing';
  /** The same condition as `isMet`, as SQL on a row of `phase_history`. */
  readonly historySql: string;
  isMet(facts: TransitionFacts): boolean;
  /** Returns what is wrong with a transition that has this requirement. Absent if nothing can be wrong. */
  lint?(transition: {
    readonly from: string;
    readonly to: string;
  }): { readonly code: LintCode; readonly message: string } | undefined;
}

/** The parts of a workflow, an edge and a ticket that rules read. */
export interface JudgedTransition {
  readonly workflow: {
    readonly resume: 'any' | 'reached';
    readonly initial: ReadonlySet<string>;
    readonly phases: ReadonlyMap<string, { readonly order: number }>;
  };
  readonly from: { readonly id: string; readonly waiting: boolean };
  readonly to: { readonly id: string; readonly waiting: boolean; readonly order: number };
  /** The last phase before the ticket began to wait. Null if there is none. */
  readonly resumePhase: string | null;
}

/** A condition on every transition. A transition that breaks it is illegal. */
export interface RuleGuard {
  /** The code of the blocker of a transition that breaks the rule. */
  readonly code: string;
  /** The audit's code for a stored transition that breaks it. */
  readonly findingCode: 'resume_rule_broken';
  /** Returns a sentence that explains why the transition breaks the rule; undefined if it does not. */
  violation(transition: JudgedTransition): string | undefined;
}

/** The characters that `trim()` removes. PostgreSQL's own set of blanks depends on the locale. */
export const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

const REASON = {
  name: 'reason',
  description: 'a `reason` that is not blank',
  noun: 'a reason',
  remedy: 'Send `reason`.',
  code: 'reason_required',
  findingCode: 'requirement_missing',
  historySql: `coalesce(btrim(transition_reason, '${BLANKS}') <> '', false)`,
  isMet: ({ reason }) => reason !== null && reason.trim() !== '',
} as const satisfies RequirementGuard;

const ARTIFACTS = {
  name: 'artifacts',
  description: '`artifacts` with at least one entry',
  noun: 'artifacts',
  remedy: 'Send `artifacts`, an object with at least one entry.',
  code: 'artifacts_required',
  findingCode: 'requirement_missing',
  historySql: `coalesce(artifacts <> '{}', false)`,
  isMet: ({ artifacts }) => artifacts !== null && !isEmptyObject(artifacts),
} as const satisfies RequirementGuard;

/** A waiting phase is no shortcut: a ticket resumes in a phase that it has reached. A ticket created waiting starts anew. */
const RESUME_RULE = {
  code: 'resume_rule',
  findingCode: 'resume_rule_broken',
  violation: ({ workflow, from, to, resumePhase }) => {
    if (workflow.resume === 'any' || !from.waiting || to.waiting) return undefined;
    if (resumePhase === null) {
      if (workflow.initial.has(to.id)) return undefined;
      return `The ticket started in ${from.id} and can resume only in an initial phase, not in ${to.id}.`;
    }
    const reached = workflow.phases.get(resumePhase);
    if (reached !== undefined && to.order <= reached.order) return undefined;
    return `The ticket entered ${from.id} from ${resumePhase} and can resume only in that phase or an earlier one, not in ${to.id}.`;
  },
} as const satisfies RuleGuard;

export const REQUIREMENT_GUARDS = [REASON, ARTIFACTS] as const;
export const RULE_GUARDS = [RESUME_RULE] as const;

type Listed = (typeof REQUIREMENT_GUARDS)[number];
/** A requirement guard of the list, with its name and code as literals. */
export type ListedGuard = RequirementGuard & Pick<Listed, 'name' | 'code'>;

function isEmptyObject(json: unknown): boolean {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && Object.keys(json).length === 0;
}
