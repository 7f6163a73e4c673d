import { writeFile } from 'node:fs/promises';
import { Interrupted } from '../../../terminal/interruption';
import { LogFile } from '../../log/log-file';
import { TransferError } from '../../transfer-error';
import { checkWorkflow, type WorkflowFile } from '../workflow-file';
import { readIssues } from './jira-source';
import { isBroken, type JiraIssue, readIssue } from './jira-issue';
import type { PhaseCategory } from '../../../machine/compiled-workflow';
import type { WorkflowDefinition } from '../../../machine/workflow';
import { checkState } from '../checked-row';

/**
 * Reads search results of Jira for the workflow that their issues have gone by.
 *
 * @param source what the workflow is called after
 * @throws TransferError when the file cannot be read to its end, or has no issue that tells all of its past
 */
export async function deriveWorkflow(path: string, source: string, signal: AbortSignal): Promise<WorkflowFile> {
  const derived = new DerivedWorkflow();
  const file = await LogFile.open(path);
  try {
    for await (const found of readIssues(file)) {
      if (signal.aborted) throw new Interrupted('interrupted; nothing was imported');
      const issue = readIssue(found);
      if (!isBroken(issue)) derived.see(issue);
    }
  } finally {
    await file.close();
  }
  if (derived.isEmpty) {
    const advice = 'Ask Jira for it with expand=changelog, or name the workflow with --workflow.';
    throw new TransferError(`No issue of ${path} tells all of its past, so no workflow can be told from it. ${advice}`);
  }
  const title = Array.from(`Workflow of ${source}`).slice(0, MAX_TITLE).join('');
  return checkWorkflow(derived.definition(workflowKeyOf(source), title), `The workflow of ${path}`);
}

const MAX_TITLE = 200;

/** @throws TransferError when there is a file already, or it cannot be written */
export async function saveWorkflow(path: string, { definition }: WorkflowFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`, { flag: 'wx' }).catch((cause: Error) => {
    throw new TransferError(`cannot save the workflow as ${path}: ${cause.message}`, { cause });
  });
}

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
