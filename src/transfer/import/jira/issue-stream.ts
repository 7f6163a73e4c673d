import { JSONParser } from '@streamparser/json';
import { BrokenFileError, type LogFile } from '../../log/log-file';

/** Where issues are in a page of search results, and in a list of pages. */
const PATHS = ['$.issues.*', '$.*.issues.*'];

/**
 * The issues of search results, one at a time, however large the file is: of one page, of a list of pages, or of pages one
 * after the other.
 *
 * @throws BrokenFileError where the file is no JSON, breaks off, or has no issues at all
 */
export async function* readIssues(file: LogFile): AsyncGenerator<unknown> {
  let issues: unknown[] = [];
  let count = 0;
  const parser = new JSONParser({ paths: PATHS, keepStack: false, separator: '' });
  parser.onValue = ({ value }) => void issues.push(value);
  for await (const text of textsOf(file)) {
    explain(file, 'is no JSON', () => parser.write(text));
    count += issues.length;
    yield* issues;
    issues = [];
  }
  explain(file, 'is no whole JSON', () => parser.isEnded || parser.end());
  if (count === 0)
    throw new BrokenFileError(`${file.path} has no issues; expected {"issues": […]}, as Jira answers a search`);
}

async function* textsOf(file: LogFile): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const block of file.blocks())
    yield explain(file, 'is not UTF-8', () => decoder.decode(block, { stream: true }));
  yield explain(file, 'is not UTF-8', () => decoder.decode());
}

function explain<T>(file: LogFile, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new BrokenFileError(`${file.path} ${what}: ${(cause as Error).message}`, { cause });
  }
}
