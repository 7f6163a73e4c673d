import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { sourceFiles } from './source-files';

/**
 * The layers of the project, top to bottom. A file imports from its own layer and from layers below it, type imports
 * included. Places that share a row stand side by side and do not import each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['scripts', 'bench', 'prove'],
  ['testkit'],
  ['src/main.ts'],
  ['src/app.module.ts'],
  ['src/verify', 'src/transfer'],
  ['src/operations'],
  ['ormconfig.ts'],
  ['src/phases'],
  ['src/tickets'],
  ['src/workflows'],
  ['src/access'],
  ['src/idempotency'],
  ['src/http'],
  ['src/database'],
  ['src/config'],
  ['src/terminal'],
  ['src/audit'],
  ['src/machine'],
  ['src/problems'],
  ['migrations'],
];

/** Layers without framework, database, clock and randomness. They import no package. */
const PURE = ['src/audit', 'src/machine', 'src/problems'];

interface Import {
  readonly from: string;
  /** A file of the project, or the name of a package. */
  readonly to: string;
}

const ROOT = join(__dirname, '../..');
const FILES = sourceFiles('scripts', 'bench', 'prove', 'testkit', 'src', 'migrations', 'ormconfig.ts');
const IMPORTS = FILES.flatMap(importsOf);

function importsOf(from: string): Import[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, from), 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => ({
    from,
    to: fileName.startsWith('.') ? resolve(from, fileName) : fileName,
  }));
}

function resolve(from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier).replace(/^dist\//, '');
  const candidates = [`${path}.ts`, path.replace(/\.js$/, '.ts'), path];
  return candidates.find((candidate) => FILES.includes(candidate)) ?? path;
}

/** The place of the layers that a file belongs to. */
function placeOf(file: string): string | undefined {
  return LAYERS.flat().find((place) => file === place || file.startsWith(`${place}/`));
}

function isAllowed({ from, to }: Import): boolean {
  const [source, target] = [placeOf(from), placeOf(to)];
  if (source === target || target === undefined) return true;
  const row = (place: string | undefined) => LAYERS.findIndex((places) => places.some((name) => name === place));
  return row(source) < row(target);
}

function cycles(): string[] {
  const edges = new Map<string, string[]>(FILES.map((file) => [file, []]));
  for (const { from, to } of IMPORTS) if (edges.has(to)) edges.get(from)?.push(to);
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) found.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const to of edges.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
  return found;
}

describe('The layers', () => {
  it('assign every source file to one place', () => {
    expect(FILES.length).toBeGreaterThan(200);
    expect(FILES.filter((file) => placeOf(file) === undefined)).toEqual([]);
  });

  it('are imported downwards only, type imports included', () => {
    expect(IMPORTS.some(({ from, to }) => from === 'src/main.ts' && to === 'src/app.module.ts')).toBe(true);
    const refused = IMPORTS.filter((entry) => !isAllowed(entry)).map(({ from, to }) => `${from} → ${to}`);
    expect(refused).toEqual([]);
  });

  it('keep the pure layers free of packages', () => {
    const pure = IMPORTS.filter(({ from }) => PURE.some((place) => from.startsWith(`${place}/`)));
    expect(pure.length).toBeGreaterThan(10);
    expect(pure.filter(({ to }) => !FILES.includes(to) && to !== 'node:util')).toEqual([]);
  });

  it('contain no import cycle', () => {
    expect(cycles()).toEqual([]);
  });

  it('are listed in CONTRIBUTING in this order', () => {
    const listed = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `([\w./]+)` /gm);
    const expected = LAYERS.flat().map((place) => (place.endsWith('.ts') ? place : `${place}/`));
    expect(Array.from(listed, ([, place]) => place)).toEqual(expected);
  });
});
