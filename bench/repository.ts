import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the repository is, told from the sources as well as from the build, which has no SQL files in it. */
export const REPOSITORY = findRepository(__dirname);

/** Where the build is: this directory's parent, once it is compiled. */
export const BUILD = join(REPOSITORY, 'dist');

function findRepository(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('No package.json above the benchmark.');
  return findRepository(parent);
}
