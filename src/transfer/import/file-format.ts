import type { LogFile } from '../log/log-file';
import { basename } from 'node:path';

/** The format of a file: a log, Jira search results, or an export of Phaseline. */
export type FileFormat = 'csv' | 'jira' | 'export';

/**
 * Detects the format from the first bytes, independently of the file name.
 *
 * @throws BrokenFileError when the file cannot be read
 */
export async function detectFormat(file: LogFile): Promise<FileFormat> {
  const beginning = (await file.beginning())
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^\{\s*"type"\s*:\s*"phaseline_export"/.test(beginning)) return 'export';
  return /^[{[]/.test(beginning) ? 'jira' : 'csv';
}

/** Returns the file name without the extensions of known formats. Other dots are kept. */
export function withoutEndings(path: string): string {
  return basename(path).replace(/(\.(csv|jsonl|ndjson|json|txt|gz))+$/i, '');
}
