import { CLAIM_NAMES, CLAIMS, type AttackName, type ClaimClass, type ClaimName } from './claims';
import type { Ledger } from './ledger';

/** What became of a claim. */
export interface Row {
  readonly claim: string;
  readonly by: ClaimClass;
  readonly attempts: number;
  readonly violations: number;
  /** Violations by the control group, and how often it was tried. */
  readonly control: { readonly attempts: number; readonly violations: number };
}

export interface Verdict {
  readonly rows: readonly Row[];
  /** Violations in words. */
  readonly violations: readonly string[];
  /** Attacks that did not catch the control group. */
  readonly blind: readonly ClaimClass[];
}

/** Of claims that were put to the test; the control group proves that the test can fail. */
export function verdictOf(ledger: Ledger, control: Ledger, attacks: readonly AttackName[]): Verdict {
  const tested = CLAIM_NAMES.filter((name) => ledger.of(name).attempts > 0 || ledger.of(name).violations > 0);
  const rows = tested.map((name) => rowOf(name, ledger, control));
  const violations = tested.flatMap((name) => ledger.of(name).told.map((what) => `${CLAIMS[name].text}: ${what}`));
  // What bad input leaves behind may be sound all the same; what races and crashes leave behind is not.
  const leavesTraces = attacks.some((name) => name === 'races' || name === 'crash');
  const classes: ClaimClass[] = [...attacks, ...(leavesTraces ? ['audit' as const] : [])];
  return { rows, violations, blind: classes.filter((name) => control.violationsOf(name) === 0) };
}

function rowOf(name: ClaimName, ledger: Ledger, control: Ledger): Row {
  const { attempts, violations } = ledger.of(name);
  const { text, by } = CLAIMS[name];
  const tried = control.of(name);
  return {
    claim: text,
    by,
    attempts,
    violations,
    control: { attempts: tried.attempts, violations: tried.violations },
  };
}

/** As Markdown. */
export function formatReport({ rows }: Verdict): string {
  const cells = rows.map(({ claim, attempts, violations, control }) => [
    claim,
    attempts.toLocaleString('en'),
    violations.toLocaleString('en'),
    controlCell(control),
  ]);
  const heads = ['claim', 'attempts', 'violations', 'control group'];
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(heads), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...cells.map(line)].join('\n');
}

function controlCell({ attempts, violations }: Row['control']): string {
  if (attempts === 0) return 'not tried';
  return violations === 0 ? 'held' : `caught, ${violations.toLocaleString('en')} of ${attempts.toLocaleString('en')}`;
}
