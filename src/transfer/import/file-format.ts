import type { LogFile } from '../log/log-file';
import { basename } from 'node:path';

/** What a file is: a log, search results of Jira, or an export of our own. */
export type FileKind = 'csv' | 'jira' | 'export';

/**
 * Told by how it begins, whatever it is called: JSON begins with a bracket, and an export with what it is.
 *
 * @throws BrokenFileError when it cannot be read
 */
export async function readKind(file: LogFile): Promise<FileKind> {
  const beginning = (await file.beginning())
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^\{\s*"type"\s*:\s*"phaseline_export"/.test(beginning)) return 'export';
  return /^[{[]/.test(beginning) ? 'jira' : 'csv';
}

/** The name of a file without the endings that tell of its kind; a dot that is part of a name stays. */
export function withoutEndings(path: string): string {
  return basename(path).replace(/(\.(csv|jsonl|ndjson|json|txt|gz))+$/i, '');
}
