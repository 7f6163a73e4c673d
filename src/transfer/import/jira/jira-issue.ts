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

/** What an issue tells of its past. Nothing is checked but that it is there: times and names are as Jira has them. */
export interface JiraIssue {
  readonly key: string;
  readonly title: string;
  readonly priority: Priority;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Where it began. */
  readonly first: string;
  /** From the oldest to the newest. */
  readonly changes: readonly StatusChange[];
  /** Where it is now, and what Jira says that is: `new`, `indeterminate` or `done`. */
  readonly status: { readonly name: string; readonly category: string };
}

/** An issue that cannot be imported. */
export interface BrokenIssue {
  /** Null: nobody can tell. */
  readonly key: string | null;
  readonly code: RowErrorCode;
  readonly reason: string;
}

/** Jira's own names, of its present priorities and of those that it had before. Others, `Major` among them, are MEDIUM. */
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

/** @param issue an item of `issues` of a search result with `expand=changelog` */
export function readIssue(issue: unknown): JiraIssue | BrokenIssue {
  const key = textAt(issue, 'key');
  const problem = checkTicketId(key);
  if (problem !== undefined) return { key: null, code: 'bad_ticket_id', reason: problem.replace('ticket_id', 'key') };
  const broken = (code: RowErrorCode, reason: string): BrokenIssue => ({ key, code, reason });
  const fields = memberOf(issue, 'fields');
  const name = textAt(fields, 'status', 'name');
  if (name === '') return broken('bad_state', 'fields.status.name must be the name of a status; there is none');
  const histories = memberOf(issue, 'changelog', 'histories');
  if (!Array.isArray(histories)) {
    return broken('changelog_incomplete', 'there is no changelog: ask Jira for it with expand=changelog');
  }
  const total = memberOf(issue, 'changelog', 'total');
  if (typeof total === 'number' && total > histories.length) {
    const reason = `the changelog has ${histories.length} of ${total} entries; ask Jira for all of them`;
    return broken('changelog_incomplete', reason);
  }
  const changes = oldestFirst(histories).flatMap(statusChanges);
  const end = changes.at(-1)?.to ?? name;
  if (end !== name) {
    return broken('changelog_incomplete', `the changelog ends in ${quoted(end)}, and the issue is in ${quoted(name)}`);
  }
  return {
    key,
    title: textAt(fields, 'summary'),
    priority: PRIORITIES.get(textAt(fields, 'priority', 'name').toLowerCase()) ?? 'MEDIUM',
    createdAt: textAt(fields, 'created'),
    createdBy: nameOf(memberOf(fields, 'creator')),
    first: changes[0]?.from ?? name,
    changes,
    status: { name, category: textAt(fields, 'status', 'statusCategory', 'key') },
  };
}

export function isBroken(issue: JiraIssue | BrokenIssue): issue is BrokenIssue {
  return 'code' in issue;
}

/** Some Jiras tell the newest first, others the oldest. What is of the same time stays in the order in which it happened. */
function oldestFirst(histories: readonly unknown[]): unknown[] {
  const timed = histories.map((history) => ({ history, at: readTime(textAt(history, 'created'))?.at }));
  const [first, last] = [timed[0]?.at, timed.at(-1)?.at];
  if (first === undefined || last === undefined) return [...histories];
  if (first > last || (first === last && idOf(histories[0]) > idOf(histories.at(-1)))) timed.reverse();
  // Where a time cannot be read there is no order; its row says so later.
  if (timed.every(({ at }) => at !== undefined)) timed.sort((one, other) => one.at! - other.at!);
  return timed.map(({ history }) => history);
}

/** Jira numbers the entries of its changelogs. */
function idOf(history: unknown): number {
  return Number(memberOf(history, 'id')) || 0;
}

function statusChanges(history: unknown): StatusChange[] {
  const items = memberOf(history, 'items');
  if (!Array.isArray(items)) return [];
  const [at, actor] = [textAt(history, 'created'), nameOf(memberOf(history, 'author'))];
  return items
    .filter((item) => textAt(item, 'field') === 'status' && textAt(item, 'fieldtype') !== 'custom')
    .map((item) => ({ at, actor, from: textAt(item, 'fromString'), to: textAt(item, 'toString') }));
}

/** Accounts of Jira have names of several kinds; some have been made anonymous. */
function nameOf(user: unknown): string {
  const names = ['displayName', 'emailAddress', 'name', 'accountId'].map((member) => textAt(user, member));
  return names.find((name) => name.trim() !== '') ?? '';
}

/** Empty where it is no text. */
function textAt(value: unknown, ...path: string[]): string {
  const found = memberOf(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** An object's own member, such as one that is called `toString`. */
function memberOf(value: unknown, ...path: string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
