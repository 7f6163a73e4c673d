import { basename } from 'node:path';

/** The name of a file without the endings that tell of its kind; a dot that is part of a name stays. */
export function withoutEndings(path: string): string {
  return basename(path).replace(/(\.(csv|jsonl|ndjson|json|txt|gz))+$/i, '');
}
