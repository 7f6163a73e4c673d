import type { PhaseCategory } from '../../../machine/compiled-workflow';
import type { WorkflowDefinition } from '../../../machine/workflow';
import { checkState } from '../checked-row';
import type { JiraIssue } from './jira-issue';

/** What Jira's categories of statuses are here. A pause is not told from them, and no name is taken for one. */
const CATEGORIES: ReadonlyMap<string, PhaseCategory> = new Map([
  ['new', 'todo'],
  ['indeterminate', 'active'],
  ['done', 'done'],
]);

const ORDER: readonly PhaseCategory[] = ['todo', 'active', 'done'];

/** What was seen of a status. */
interface Status {
  readonly name: string;
  category: PhaseCategory | undefined;
  isFirst: boolean;
  /** In how many issues it was seen, and the sum of the places at which it was seen first in each. */
  issues: number;
  places: number;
  readonly exits: Set<string>;
}

/** Tells the workflow that issues have gone by: the statuses that they were in, and the changes that they have made. */
export class DerivedWorkflow {
  private readonly statuses = new Map<string, Status>();

  /** Issues that cannot be imported are passed over: their past is no chain, or has a status that cannot be stored. */
  see({ first, changes, status }: JiraIssue): void {
    const path = [first, ...changes.map(({ to }) => to)];
    if (changes.some(({ from }, i) => from !== path[i]) || path.some((name) => checkState(name) !== undefined)) return;
    for (const [place, name] of [...new Set(path)].entries()) this.seeAt(place, name);
    for (const [i, { from }] of changes.entries()) {
      if (from !== path[i + 1]) this.statuses.get(from)!.exits.add(path[i + 1]!);
    }
    this.statuses.get(first)!.isFirst = true;
    this.statuses.get(status.name)!.category ??= CATEGORIES.get(status.category);
  }

  /** Nothing was seen that a workflow could be told from. */
  get isEmpty(): boolean {
    return this.statuses.size === 0;
  }

  definition(key: string, title: string): WorkflowDefinition {
    const statuses = [...this.statuses.values()].sort(
      (one, other) =>
        ORDER.indexOf(categoryOf(one)) - ORDER.indexOf(categoryOf(other)) ||
        one.places / one.issues - other.places / other.issues,
    );
    const names = statuses.map(({ name }) => name);
    return {
      key,
      title,
      initial: statuses.filter(({ isFirst }) => isFirst).map(({ name }) => name),
      phases: statuses.map((status) => ({ id: status.name, category: categoryOf(status) })),
      transitions: statuses.flatMap(({ name: from, exits }) =>
        names.filter((to) => exits.has(to)).map((to) => ({ from, to })),
      ),
    };
  }

  private seeAt(place: number, name: string): void {
    const status = this.statuses.get(name) ?? {
      name,
      category: undefined,
      isFirst: false,
      issues: 0,
      places: 0,
      exits: new Set(),
    };
    status.issues++;
    status.places += place;
    this.statuses.set(name, status);
  }
}

/** Of a status in which no issue is now, Jira says nothing: where issues begin work has not, and else it has. */
function categoryOf({ category, isFirst }: Status): PhaseCategory {
  return category ?? (isFirst ? 'todo' : 'active');
}

/** A key that the API takes, made of any name. */
export function workflowKeyOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const key = plain.replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return key.slice(0, MAX_KEY) || 'jira';
}

const MAX_KEY = 50;
