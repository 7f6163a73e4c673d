import { lintWorkflow } from '../../../machine/lint';
import { hasErrors } from '../../../machine/lint-finding';
import { PROJECT_KEY } from '../../../access/project.dto';
import { DerivedWorkflow, workflowKeyOf } from './derived-workflow';
import type { JiraIssue } from './jira-issue';

function issueOf(category: string, ...path: string[]): JiraIssue {
  const changes = path.slice(1).map((to, i) => ({ at: '', actor: '', from: path[i]!, to }));
  const common = { key: 'WEB-1', title: '', priority: 'MEDIUM' as const, createdAt: '', createdBy: '' };
  return { ...common, first: path[0]!, changes, status: { name: path.at(-1)!, category } };
}

function derive(...issues: JiraIssue[]) {
  const workflow = new DerivedWorkflow();
  for (const issue of issues) workflow.add(issue);
  return workflow.definition('web', 'Web');
}

describe('DerivedWorkflow', () => {
  it('has the statuses and changes that were seen, in the order of the work', () => {
    const definition = derive(
      issueOf('done', 'To Do', 'Doing', 'Review', 'Doing', 'Review', 'Done'),
      issueOf('new', 'To Do'),
      issueOf('indeterminate', 'To Do', 'Review'),
      issueOf('done', 'Doing', 'Done', 'Doing', "Won't Do"),
    );
    expect(definition).toEqual({
      key: 'web',
      title: 'Web',
      initial: ['To Do', 'Doing'],
      phases: [
        { id: 'To Do', category: 'todo' },
        { id: 'Doing', category: 'todo' },
        { id: 'Review', category: 'active' },
        { id: 'Done', category: 'done' },
        { id: "Won't Do", category: 'done' },
      ],
      transitions: [
        { from: 'To Do', to: 'Doing' },
        { from: 'To Do', to: 'Review' },
        { from: 'Doing', to: 'Review' },
        { from: 'Doing', to: 'Done' },
        { from: 'Doing', to: "Won't Do" },
        { from: 'Review', to: 'Doing' },
        { from: 'Review', to: 'Done' },
        { from: 'Done', to: 'Doing' },
      ],
    });
    expect(hasErrors(lintWorkflow(definition))).toBe(false);
  });

  it('goes by what Jira says of a status before anything else', () => {
    const definition = derive(
      issueOf('indeterminate', 'Doing'),
      issueOf('done', 'Rejected'),
      issueOf('new', 'Doing', 'Backlog'),
    );
    expect(definition.phases.map(({ id, category }) => `${id} ${category}`)).toEqual([
      'Backlog todo',
      'Doing active',
      'Rejected done',
    ]);
  });

  it('takes no name for a pause, and statuses of which Jira says nothing for work', () => {
    const definition = derive(issueOf('undefined', 'To Do', 'On Hold', 'Blocked', 'On Hold'));
    expect(definition.phases.map(({ category }) => category)).toEqual(['todo', 'active', 'active']);
    expect(definition.resume).toBeUndefined();
  });

  it('passes over changes that change nothing, and issues whose past is no chain', () => {
    const broken: JiraIssue = {
      ...issueOf('done', 'To Do', 'Doing', 'Done'),
      changes: [
        { at: '', actor: '', from: 'To Do', to: 'Doing' },
        { at: '', actor: '', from: 'Nowhere', to: 'Done' },
      ],
    };
    expect(derive(broken, issueOf('new', 'A', 'A'))).toMatchObject({
      initial: ['A'],
      phases: [{ id: 'A', category: 'todo' }],
      transitions: [],
    });
    const nothing = new DerivedWorkflow();
    nothing.add(broken);
    expect(nothing.isEmpty).toBe(true);
  });

  it('takes statuses for what they are called, whatever that is', () => {
    const odd = ['__proto__', 'constructor', 'toString'];
    expect(derive(issueOf('done', ...odd)).phases.map(({ id }) => id)).toEqual(odd);
  });
});

describe('workflowKeyOf', () => {
  it.each([
    ['jira-search', 'jira-search'],
    ['Größe & Übermut 2026.v2', 'große-ubermut-2026.v2'.replace('ß', '-')],
    ['WEB (all)', 'web-all'],
    ['漢字', 'jira'],
    ['--x--', 'x'],
    ['a'.repeat(60), 'a'.repeat(50)],
  ])('makes of %j %j', (name, key) => {
    expect(workflowKeyOf(name)).toBe(key);
    expect(key).toMatch(PROJECT_KEY.pattern);
  });
});
