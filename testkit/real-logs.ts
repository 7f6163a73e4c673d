import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const COMMITTED = join(ROOT, 'test/fixtures/logs');
const BESIDE_CHECKOUT = join(ROOT, '../shared/data');

/** The logs in the repository. */
export const COMMITTED_LOGS = ['ethereum-eips', 'k8s-keps'] as const;

/** Larger logs, which tests use when they are present beside the checkout. */
const LARGER_LOGS = ['beads-agents', 'helpdesk-italy', 'servicenow-uci'] as const;

export type LogName = (typeof COMMITTED_LOGS)[number] | (typeof LARGER_LOGS)[number];

/** Returns the path of a file of a log. */
export function pathInLog(name: LogName, file: string): string {
  const isCommitted = COMMITTED_LOGS.some((committed) => committed === name);
  return join(isCommitted ? COMMITTED : BESIDE_CHECKOUT, name, file);
}

/** Reads a JSON file of a log. */
export function readLogJson<T>(name: LogName, file: string): T {
  return JSON.parse(readFileSync(pathInLog(name, file), 'utf8')) as T;
}

/**
 * Returns the committed logs and the larger ones that are present. Prints a warning for each absent log.
 *
 * @param purpose names the test in the warning
 */
export function realLogs(purpose: string): LogName[] {
  const larger = LARGER_LOGS.filter((name) => {
    const isPresent = existsSync(pathInLog(name, 'events.csv.gz'));
    if (!isPresent)
      console.warn(`NOT TESTED: ${purpose} with ${name}, because ${join(BESIDE_CHECKOUT, name)} is absent`);
    return isPresent;
  });
  return [...COMMITTED_LOGS, ...larger].sort();
}
