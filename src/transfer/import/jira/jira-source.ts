import type { LogFile } from '../../log/log-file';
import type { LogSource, SourceRow } from '../log-source';
import { NOBODYS, type WholeRow } from '../row';
import { readIssues } from './issue-stream';
import { isBroken, readIssue, type JiraIssue } from './jira-issue';

/**
 * Search results of Jira as rows of a log. JSON has no lines to speak of, so rows are numbered in the order in which they
 * are read: of each issue its creation, and then its changes of status.
 */
export function jiraSource(file: LogFile): LogSource {
  return { rows: readRows(file), fractionRead: () => file.fractionRead(), close: () => file.close() };
}

async function* readRows(file: LogFile): AsyncGenerator<SourceRow> {
  let row = 0;
  for await (const found of readIssues(file)) {
    const issue = readIssue(found);
    if (!isBroken(issue))
      yield* rowsOf(issue).map((content) => ({ ticket: issue.key, row: { line: ++row, ...content } }));
    else {
      const { key, ...fault } = issue;
      yield { ticket: key ?? NOBODYS, row: { line: ++row, fault, raw: JSON.stringify(found) } };
    }
  }
}

function rowsOf({ key, title, priority, createdAt, createdBy, first, changes }: JiraIssue): Omit<WholeRow, 'line'>[] {
  const creation = {
    ticket_id: key,
    seq: '1',
    from_state: '',
    to_state: first,
    at: createdAt,
    actor: createdBy,
    title,
  };
  const moves = changes.map(({ from, to, at, actor }, i) => {
    return { ticket_id: key, seq: String(i + 2), from_state: from, to_state: to, at, actor, title: '' };
  });
  return [{ columns: creation, priority }, ...moves.map((columns) => ({ columns }))];
}
