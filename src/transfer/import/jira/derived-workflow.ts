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
 * Infers a workflow from Jira search results.
 *
 * @param source the source that the workflow is named after
 * @throws TransferError when the file cannot be read to its end or no issue has a complete changelog
 */
export async function deriveWorkflow(path: string, source: string, signal: AbortSignal): Promise<WorkflowFile> {
  const derived = new DerivedWorkflow();
  const file = await LogFile.open(path);
  try {
    for await (const found of readIssues(file)) {
      if (signal.aborted) throw new Interrupted('interrupted; nothing was imported');
      const issue = readIssue(found);
      if (!isBroken(issue)) derived.add(issue);
    }
  } finally {
    await file.close();
  }
  if (derived.isEmpty) {
    const advice = 'Request the issues with expand=changelog, or name a workflow with --workflow.';
    throw new TransferError(`No workflow can be inferred from ${path}: no issue has a complete changelog. ${advice}`);
  }
  const title = Array.from(`Workflow of ${source}`).slice(0, MAX_TITLE).join('');
  return checkWorkflow(derived.definition(workflowKeyOf(source), title), `The workflow of ${path}`);
}

const MAX_TITLE = 200;

/**
 * Writes the definition to a new file.
 *
 * @throws TransferError when the file exists or cannot be written
 */
export async function saveWorkflow(path: string, { definition }: WorkflowFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(definition, null, 2)}\n`, { flag: 'wx' }).catch((cause: Error) => {
    throw new TransferError(`cannot save the workflow as ${path}: ${cause.message}`, { cause });
  });
}

/**
 * Maps Jira's status categories to categories of phases. No status becomes a waiting phase, because Jira has no such
 * category.
 */
const CATEGORIES: ReadonlyMap<string, PhaseCategory> = new Map([
  ['new', 'todo'],
  ['indeterminate', 'active'],
  ['done', 'done'],
]);

const ORDER: readonly PhaseCategory[] = ['todo', 'active', 'done'];

/** The observations of a status. */
interface Status {
  readonly name: string;
  category: PhaseCategory | undefined;
  isFirst: boolean;
  /** The number of issues with this status, and the sum of the positions of its first occurrence in each. */
  issues: number;
  positions: number;
  readonly exits: Set<string>;
}

/** Infers a workflow from issues: the statuses that occur and the changes between them. */
export class DerivedWorkflow {
  private readonly statuses = new Map<string, Status>();

  /**
   * Adds an issue. Issues that cannot be imported are ignored: their changes form no chain or contain a status that
   * cannot be stored.
   */
  add({ first, changes, status }: JiraIssue): void {
    const path = [first, ...changes.map(({ to }) => to)];
    if (changes.some(({ from }, i) => from !== path[i]) || path.some((name) => checkState(name) !== undefined)) return;
    for (const [position, name] of [...new Set(path)].entries()) this.addStatus(position, name);
    for (const { from, to } of changes) if (from !== to) this.statuses.get(from)?.exits.add(to);
    const [initial, current] = [this.statuses.get(first), this.statuses.get(status.name)];
    if (initial !== undefined) initial.isFirst = true;
    if (current !== undefined) current.category ??= CATEGORIES.get(status.category);
  }

  /** True before an issue is added. */
  get isEmpty(): boolean {
    return this.statuses.size === 0;
  }

  definition(key: string, title: string): WorkflowDefinition {
    const statuses = [...this.statuses.values()].sort(
      (one, other) =>
        ORDER.indexOf(categoryOf(one)) - ORDER.indexOf(categoryOf(other)) ||
        one.positions / one.issues - other.positions / other.issues,
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

  private addStatus(position: number, name: string): void {
    const status = this.statuses.get(name) ?? {
      name,
      category: undefined,
      isFirst: false,
      issues: 0,
      positions: 0,
      exits: new Set(),
    };
    status.issues++;
    status.positions += position;
    this.statuses.set(name, status);
  }
}

/**
 * Returns the category of a status. Jira reports it only for the current status of an issue; for other statuses, a
 * status of new issues is `todo`, any other `active`.
 */
function categoryOf({ category, isFirst }: Status): PhaseCategory {
  return category ?? (isFirst ? 'todo' : 'active');
}

/** Derives a valid workflow key from a name. */
export function workflowKeyOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const key = plain.replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return key.slice(0, MAX_KEY) || 'jira';
}

const MAX_KEY = 50;
