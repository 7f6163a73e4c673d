/**
 * What can be wrong with a definition. An error keeps it from being stored; a warning is for its author to think about.
 * The codes are for programs and never change their names; the sentences are for people who want to know what a code means.
 */
export const LINT_CODES = {
  no_initial_phase: { severity: 'error', meaning: 'no ticket could begin: there is no initial phase' },
  duplicate_initial: { severity: 'error', meaning: 'a phase is called initial twice' },
  unknown_phase: { severity: 'error', meaning: 'a phase is named that is not among the phases' },
  duplicate_phase: { severity: 'error', meaning: 'two phases have the same id' },
  unreachable_phase: { severity: 'error', meaning: 'no moves lead to the phase from any initial phase' },
  self_transition: { severity: 'error', meaning: 'a transition leads to where it starts' },
  duplicate_transition: { severity: 'error', meaning: 'two transitions lead from the same phase to the same phase' },
  dead_end: { severity: 'warning', meaning: 'no transition leads out of the phase, and it is not done' },
  no_way_back: { severity: 'warning', meaning: 'from a waiting phase no moves lead to one that is not waiting' },
  no_way_to_done: { severity: 'warning', meaning: 'no moves lead from the phase to one that is done' },
  exit_from_done: { severity: 'warning', meaning: 'a transition leads out of a phase that is done' },
} as const satisfies Record<string, { severity: LintSeverity; meaning: string }>;

export type LintCode = keyof typeof LINT_CODES;
export type LintSeverity = 'error' | 'warning';

/** One thing that is wrong with a definition, and where. */
export interface LintFinding {
  readonly severity: LintSeverity;
  readonly code: LintCode;
  /** A JSON pointer (RFC 6901) into the definition as it was sent. */
  readonly pointer: string;
  /** A sentence that names what is concerned. */
  readonly message: string;
}

/** Whether a definition with these findings cannot be stored. */
export function hasErrors(findings: readonly LintFinding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}
