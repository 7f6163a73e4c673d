import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** The TypeScript and JavaScript files at these paths of the project, without specs, with `/` as separator. */
export function sourceFiles(...paths: readonly string[]): string[] {
  return paths
    .flatMap((path) => filesAt(path))
    .filter((file) => /\.[cm]?[jt]s$/.test(file) && !file.endsWith('spec.ts'));
}

function filesAt(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesAt(`${path}/${name}`));
}
