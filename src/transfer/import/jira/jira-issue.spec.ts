import { readIssue, type JiraIssue } from './jira-issue';

const ANN = { displayName: 'Ann Other', accountId: '5b10', emailAddress: 'ann@example.com' };

type Entry = [created: string, from: string, to: string, more?: object];

function history([created, fromString, toString, more]: Entry): object {
  return { created, author: ANN, items: [{ field: 'status', fieldtype: 'jira', fromString, toString }], ...more };
}

function issueOf(status: string, entries: readonly Entry[], fields: object = {}, changelog: object = {}): object {
  return {
    key: 'WEB-1',
    fields: {
      summary: 'Passkeys',
      created: '2026-01-01T08:00:00.000+0100',
      creator: ANN,
      status: { name: status, statusCategory: { key: 'indeterminate' } },
      ...fields,
    },
    changelog: { startAt: 0, maxResults: 100, total: entries.length, histories: entries.map(history), ...changelog },
  };
}

const at = (hour: number): string => `2026-01-01T${String(hour).padStart(2, '0')}:00:00.000+0000`;
const FORTH: Entry[] = [
  [at(9), 'To Do', 'Doing'],
  [at(10), 'Doing', 'Review'],
  [at(10), 'Review', 'Doing'],
  [at(11), 'Doing', 'Done'],
];

const pathOf = (issue: object): string[] => {
  const { first, changes } = readIssue(issue) as JiraIssue;
  return [first, ...changes.map(({ to }) => to)];
};

describe('readIssue', () => {
  it('reads the history of an issue', () => {
    expect(readIssue(issueOf('Doing', FORTH.slice(0, 1), { priority: { name: 'Highest' } }))).toEqual({
      key: 'WEB-1',
      title: 'Passkeys',
      priority: 'CRITICAL',
      createdAt: '2026-01-01T08:00:00.000+0100',
      createdBy: 'Ann Other',
      first: 'To Do',
      changes: [{ at: at(9), actor: 'Ann Other', from: 'To Do', to: 'Doing' }],
      status: { name: 'Doing', category: 'indeterminate' },
    });
  });

  it('takes the status of now as the first one where it never changed', () => {
    expect(pathOf(issueOf('Doing', []))).toEqual(['Doing']);
  });

  it('puts changes in the order of time, whichever end a changelog begins at', () => {
    const path = ['To Do', 'Doing', 'Review', 'Doing', 'Done'];
    expect(pathOf(issueOf('Done', FORTH))).toEqual(path);
    expect(pathOf(issueOf('Done', FORTH.toReversed()))).toEqual(path);
    const [first, second, third, last] = FORTH as [Entry, Entry, Entry, Entry];
    expect(pathOf(issueOf('Done', [first, last, second, third]))).toEqual(path);
  });

  it('orders entries of the same time by their numbers', () => {
    const numbered: Entry[] = [
      [at(9), 'A', 'B', { id: '9' }],
      [at(9), 'B', 'C', { id: '10' }],
    ];
    expect(pathOf(issueOf('C', numbered))).toEqual(['A', 'B', 'C']);
    expect(pathOf(issueOf('C', numbered.toReversed()))).toEqual(['A', 'B', 'C']);
  });

  it('keeps the changes of one entry in their order, and leaves out those of other fields', () => {
    const items = [
      { field: 'assignee', fromString: 'A', toString: 'Z' },
      { field: 'status', fromString: 'A', toString: 'B' },
      { field: 'status', fieldtype: 'custom', fromString: 'A', toString: 'Z' },
      { field: 'status', fieldtype: 'jira', fromString: 'B', toString: 'C' },
    ];
    const entries: Entry[] = [
      [at(10), 'C', 'D'],
      [at(9), '', '', { items }],
    ];
    expect(pathOf(issueOf('D', entries))).toEqual(['A', 'B', 'C', 'D']);
  });

  it('does not validate times', () => {
    const entries: Entry[] = [
      [at(9), 'A', 'B'],
      ['yesterday', 'B', 'C'],
      [at(9), 'C', 'D'],
    ];
    expect(readIssue(issueOf('D', entries))).toMatchObject({
      changes: [{ to: 'B' }, { at: 'yesterday' }, { to: 'D' }],
    });
  });

  it.each([
    ['Blocker', 'CRITICAL'],
    ['critical', 'CRITICAL'],
    ['High', 'HIGH'],
    ['Medium', 'MEDIUM'],
    ['Major', 'MEDIUM'],
    ['Low', 'LOW'],
    ['Lowest', 'LOW'],
    ['Trivial', 'LOW'],
    ['P1', 'MEDIUM'],
    ['constructor', 'MEDIUM'],
  ])('takes the priority %s for %s', (name, priority) => {
    expect(readIssue(issueOf('A', [], { priority: { name } }))).toMatchObject({ priority });
  });

  it('takes MEDIUM where there is no priority', () => {
    expect(readIssue(issueOf('A', [], { priority: null }))).toMatchObject({ priority: 'MEDIUM' });
  });

  it.each([
    [{ displayName: ' ', emailAddress: 'ann@example.com', accountId: '5b10' }, 'ann@example.com'],
    [{ name: 'ann', key: 'JIRAUSER1' }, 'ann'],
    [{ accountId: '5b10' }, '5b10'],
    [null, ''],
  ])('calls %j %j', (creator, createdBy) => {
    expect(readIssue(issueOf('A', [], { creator }))).toMatchObject({ createdBy });
  });

  it.each([
    [{}, null, 'bad_ticket_id', 'key must have 1 to 255 characters; got ""'],
    ['WEB-1', null, 'bad_ticket_id', 'key must have 1 to 255 characters; got ""'],
    [{ key: 'WEB-1' }, 'WEB-1', 'bad_state', 'fields.status.name is missing'],
    [
      { key: 'WEB-1', fields: { status: { name: 'A' } } },
      'WEB-1',
      'changelog_incomplete',
      'the issue has no changelog. Request it with expand=changelog.',
    ],
    [
      issueOf('Done', FORTH, {}, { total: 120 }),
      'WEB-1',
      'changelog_incomplete',
      'the changelog has 4 of 120 entries. Request all of them.',
    ],
    [
      issueOf('Shipped', FORTH),
      'WEB-1',
      'changelog_incomplete',
      'the changelog ends in "Done", but the issue is in "Shipped"',
    ],
    [
      issueOf('Done', [
        [at(9), 'A', 'Done'],
        [at(10), 'Done', ''],
      ]),
      'WEB-1',
      'changelog_incomplete',
      'the changelog ends in "", but the issue is in "Done"',
    ],
  ])('says what is wrong with issue %#', (issue, key, code, reason) => {
    expect(readIssue(issue)).toEqual({ key, code, reason });
  });
});
