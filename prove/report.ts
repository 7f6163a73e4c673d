import {
  PROPERTIES,
  PROPERTY_NAMES,
  type AttackName,
  type PropertyGroup,
  type PropertyName,
  type PropertyResults,
} from './properties';

/** The results of one property. */
export interface PropertyRow {
  readonly property: string;
  readonly group: PropertyGroup;
  readonly attempts: number;
  readonly violations: number;
  /** The results of the control group. */
  readonly control: { readonly attempts: number; readonly violations: number };
}

export interface Verdict {
  readonly rows: readonly PropertyRow[];
  /** Descriptions of violations. */
  readonly violations: readonly string[];
  /** Attacks that found no violation in the control group, and therefore prove nothing. */
  readonly ineffective: readonly PropertyGroup[];
}

/** Summarizes the checked properties. */
export function verdictOf(results: PropertyResults, control: PropertyResults, attacks: readonly AttackName[]): Verdict {
  const checked = PROPERTY_NAMES.filter((name) => results.of(name).attempts > 0 || results.of(name).violations > 0);
  const violations = checked.flatMap((name) =>
    results.of(name).examples.map((example) => `${PROPERTIES[name].text}: ${example}`),
  );
  // Races and crashes damage the control group's database. Invalid input may leave it intact.
  const isAudited = attacks.some((name) => name === 'races' || name === 'crash');
  const groups: PropertyGroup[] = [...attacks, ...(isAudited ? ['audit' as const] : [])];
  return {
    rows: checked.map((name) => rowOf(name, results, control)),
    violations,
    ineffective: groups.filter((group) => control.violationsOf(group) === 0),
  };
}

function rowOf(name: PropertyName, results: PropertyResults, controlResults: PropertyResults): PropertyRow {
  const { attempts, violations } = results.of(name);
  const control = controlResults.of(name);
  return {
    property: PROPERTIES[name].text,
    group: PROPERTIES[name].group,
    attempts,
    violations,
    control: { attempts: control.attempts, violations: control.violations },
  };
}

/** Formats the rows as a Markdown table. */
export function formatVerdict({ rows }: Verdict): string {
  const cells = rows.map(({ property, attempts, violations, control }) => [
    property,
    attempts.toLocaleString('en'),
    violations.toLocaleString('en'),
    controlCell(control),
  ]);
  const heads = ['property', 'attempts', 'violations', 'control group'];
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function controlCell({ attempts, violations }: PropertyRow['control']): string {
  if (attempts === 0) return 'not attempted';
  if (violations === 0) return 'no violation';
  return `${violations.toLocaleString('en')} violations in ${attempts.toLocaleString('en')}`;
}
