import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root, found from the sources and from the build alike. */
export const REPOSITORY = findRepository(__dirname);

/** The compiled programs. */
export const BUILD = join(REPOSITORY, 'dist');

function findRepository(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`No package.json above ${__dirname}.`);
  return findRepository(parent);
}
