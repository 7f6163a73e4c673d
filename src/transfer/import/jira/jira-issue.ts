import type { Priority } from '../../../tickets/ticket.entity';
import { readTime } from '../../log/log-time';
import { checkTicketId } from '../checked-row';
import { type RowErrorCode, quoted } from '../row-error';

/** A change of an issue's status. */
export interface StatusChange {
  readonly at: string;
  readonly actor: string;
  readonly from: string;
  readonly to: string;
}

/** The history of an issue. Required values are present; times and names are not validated. */
export interface JiraIssue {
  readonly key: string;
  readonly title: string;
  readonly priority: Priority;
  readonly createdAt: string;
  readonly createdBy: string;
  /** The first status. */
  readonly first: string;
  /** Ordered from the oldest to the newest. */
  readonly changes: readonly StatusChange[];
  /** The current status and its category in Jira: `new`, `indeterminate` or `done`. */
  readonly status: { readonly name: string; readonly category: string };
}

/** An issue that cannot be imported. */
export interface BrokenIssue {
  /** Null when the key is not readable. */
  readonly key: string | null;
  readonly code: RowErrorCode;
  readonly reason: string;
}

/** The names of Jira's current and former default priorities. Other names, such as `Major`, become MEDIUM. */
const PRIORITIES: ReadonlyMap<string, Priority> = new Map([
  ['blocker', 'CRITICAL'],
  ['critical', 'CRITICAL'],
  ['highest', 'CRITICAL'],
  ['high', 'HIGH'],
  ['medium', 'MEDIUM'],
  ['low', 'LOW'],
  ['lowest', 'LOW'],
  ['minor', 'LOW'],
  ['trivial', 'LOW'],
]);

/**
 * Parses an issue.
 *
 * @param issue an item of `issues` in search results with `expand=changelog`
 */
export function readIssue(issue: unknown): JiraIssue | BrokenIssue {
  const key = textAt(issue, 'key');
  const problem = checkTicketId(key);
  if (problem !== undefined) return { key: null, code: 'bad_ticket_id', reason: problem.replace('ticket_id', 'key') };
  const broken = (code: RowErrorCode, reason: string): BrokenIssue => ({ key, code, reason });
  const fields = memberOf(issue, 'fields');
  const name = textAt(fields, 'status', 'name');
  if (name === '') return broken('bad_state', 'fields.status.name is missing');
  const histories = memberOf(issue, 'changelog', 'histories');
  if (!Array.isArray(histories)) {
    return broken('changelog_incomplete', 'the issue has no changelog. Request it with expand=changelog.');
  }
  const total = memberOf(issue, 'changelog', 'total');
  if (typeof total === 'number' && total > histories.length) {
    const reason = `the changelog has ${histories.length} of ${total} entries. Request all of them.`;
    return broken('changelog_incomplete', reason);
  }
  const changes = oldestFirst(histories).flatMap(statusChanges);
  const end = changes.at(-1)?.to ?? name;
  if (end !== name) {
    return broken('changelog_incomplete', `the changelog ends in ${quoted(end)}, but the issue is in ${quoted(name)}`);
  }
  return {
    key,
    title: textAt(fields, 'summary'),
    priority: PRIORITIES.get(textAt(fields, 'priority', 'name').toLowerCase()) ?? 'MEDIUM',
    createdAt: textAt(fields, 'created'),
    createdBy: accountNameOf(memberOf(fields, 'creator')),
    first: changes[0]?.from ?? name,
    changes,
    status: { name, category: textAt(fields, 'status', 'statusCategory', 'key') },
  };
}

export function isBroken(issue: JiraIssue | BrokenIssue): issue is BrokenIssue {
  return 'code' in issue;
}

/**
 * Sorts the entries by time. Jira returns them in either direction; entries of the same time keep the order in which
 * they happened.
 */
function oldestFirst(histories: readonly unknown[]): unknown[] {
  const timed = histories.map((history) => ({ history, at: readTime(textAt(history, 'created'))?.at ?? NaN }));
  const [first, last] = [timed[0]?.at, timed.at(-1)?.at];
  if (first === undefined || last === undefined || Number.isNaN(first) || Number.isNaN(last)) return [...histories];
  if (first > last || (first === last && idOf(histories[0]) > idOf(histories.at(-1)))) timed.reverse();
  // Entries with an unreadable time stay unsorted; their rows are rejected later.
  if (timed.every(({ at }) => !Number.isNaN(at))) timed.sort((one, other) => one.at - other.at);
  return timed.map(({ history }) => history);
}

/** Returns the number of an entry of the changelog. */
function idOf(history: unknown): number {
  return Number(memberOf(history, 'id')) || 0;
}

function statusChanges(history: unknown): StatusChange[] {
  const items = memberOf(history, 'items');
  if (!Array.isArray(items)) return [];
  const [at, actor] = [textAt(history, 'created'), accountNameOf(memberOf(history, 'author'))];
  return items
    .filter((item) => textAt(item, 'field') === 'status' && textAt(item, 'fieldtype') !== 'custom')
    .map((item) => ({ at, actor, from: textAt(item, 'fromString'), to: textAt(item, 'toString') }));
}

/** Returns the name of an account. Which members it has depends on the Jira; anonymized accounts have none. */
function accountNameOf(user: unknown): string {
  const names = ['displayName', 'emailAddress', 'name', 'accountId'].map((member) => textAt(user, member));
  return names.find((name) => name.trim() !== '') ?? '';
}

/** Returns the text at a path; empty when there is none. */
function textAt(value: unknown, ...path: string[]): string {
  const found = memberOf(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** Returns an own member of an object. Inherited ones, such as `toString`, are ignored. */
function memberOf(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
