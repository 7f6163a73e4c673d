/**
 * The codes of the lint with their severity and meaning. Definitions with errors are rejected; warnings are for the author.
 * Codes are part of the public interface and are never renamed.
 */
export const LINT_CODES = {
  no_initial_phase: { severity: 'error', meaning: 'there is no initial phase, so no ticket can be created' },
  duplicate_initial: { severity: 'error', meaning: 'a phase is listed twice in `initial`' },
  unknown_phase: { severity: 'error', meaning: 'a phase is not defined in `phases`' },
  duplicate_phase: { severity: 'error', meaning: 'two phases have the same id' },
  unreachable_phase: { severity: 'error', meaning: 'the phase cannot be reached from any initial phase' },
  self_transition: { severity: 'error', meaning: 'a transition leads to the phase that it starts in' },
  duplicate_transition: { severity: 'error', meaning: 'two transitions lead from the same phase to the same phase' },
  dead_end: { severity: 'warning', meaning: 'no transition leads out of a phase that is not done' },
  no_way_back: { severity: 'warning', meaning: 'from a waiting phase only waiting phases can be reached' },
  no_way_to_done: { severity: 'warning', meaning: 'no done phase can be reached from the phase' },
  similar_phase: {
    severity: 'warning',
    meaning:
      'two phases have ids that look alike: they differ in case, blanks, invisible characters or Unicode form only',
  },
  exit_from_done: { severity: 'warning', meaning: 'a transition leads out of a done phase' },
} as const satisfies Record<string, { severity: LintSeverity; meaning: string }>;

export type LintCode = keyof typeof LINT_CODES;
export type LintSeverity = 'error' | 'warning';

/** A problem of a definition. */
export interface LintFinding {
  readonly severity: LintSeverity;
  readonly code: LintCode;
  /** A JSON pointer (RFC 6901) into the definition as the client sent it. */
  readonly pointer: string;
  /** A sentence that names the phases and transitions concerned. */
  readonly message: string;
}

/** Returns true if the findings include an error. */
export function hasErrors(findings: readonly LintFinding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** Returns the first findings of many, errors before warnings, so that a response stays small. */
export function mostImportant(findings: readonly LintFinding[], most: number): readonly LintFinding[] {
  if (findings.length <= most) return findings;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity !== 'error');
  return [...errors, ...warnings].slice(0, most);
}
