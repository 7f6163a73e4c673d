import { BrokenFileError, type LogFile } from '../../log/log-file';
import { type LogSource, NO_TICKET, type SourceRow, type WholeRow } from '../log-row';
import { isBroken, type JiraIssue, readIssue } from './jira-issue';
import { JSONParser } from '@streamparser/json';

/**
 * Reads Jira search results as rows of a log. JSON has no meaningful lines, so rows are numbered in the order in which
 * they are read: the creation of each issue, then its status changes.
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
      const { key, ...error } = issue;
      yield { ticket: key ?? NO_TICKET, row: { line: ++row, error, raw: JSON.stringify(found) } };
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

/** The paths of issues in a page of search results, and in a list of pages. */
const PATHS = ['$.issues.*', '$.*.issues.*'];

/**
 * Streams the issues of search results of any size: one page, a list of pages, or concatenated pages.
 *
 * @throws BrokenFileError when the file is not valid JSON, is truncated, or has no issues
 */
export async function* readIssues(file: LogFile): AsyncGenerator<unknown> {
  let issues: unknown[] = [];
  let count = 0;
  const parser = new JSONParser({ paths: PATHS, keepStack: false, separator: '' });
  parser.onValue = ({ value }) => void issues.push(value);
  for await (const text of textsOf(file)) {
    explain(file, 'is not valid JSON', () => parser.write(text));
    count += issues.length;
    yield* issues;
    issues = [];
  }
  explain(file, 'is truncated JSON', () => parser.isEnded || parser.end());
  if (count === 0)
    throw new BrokenFileError(
      `${file.path} has no issues; expected {"issues": […]}, as in the response of a Jira search`,
    );
}

async function* textsOf(file: LogFile): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const block of file.blocks())
    yield explain(file, 'is not valid UTF-8', () => decoder.decode(block, { stream: true }));
  yield explain(file, 'is not valid UTF-8', () => decoder.decode());
}

function explain<T>(file: LogFile, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new BrokenFileError(`${file.path} ${what}: ${(cause as Error).message}`, { cause });
  }
}
