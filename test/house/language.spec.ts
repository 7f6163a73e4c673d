import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Places with texts for users and readers. */
const TEXTS = [
  'src',
  'web',
  'docs',
  'examples',
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
] as const;

const SOURCES = ['src', 'prove', 'bench', 'testkit'] as const;

const BANNED = /\b(nobody|somebody|everybody|whoever|told|tells)\b/i;
const OPENING = /^\/\*\*\s*(?:\*\s*)?(What|Whether|Whom|Who|Whose)\b/;

/** Quoted names, such as that of the account `nobody`. */
const QUOTED_NAME = /(['"`])(?:nobody|somebody|everybody)\1/gi;

function filesAt(path: string, extensions: RegExp): string[] {
  const absolute = join(ROOT, path);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return extensions.test(path) ? [path] : [];
  return readdirSync(absolute)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .flatMap((name) => filesAt(`${path}/${name}`, extensions));
}

function bannedIn(file: string): string[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line, i) =>
    BANNED.test(line.replaceAll(QUOTED_NAME, '')) ? [`${file}:${i + 1}: ${line.trim().slice(0, 120)}`] : [],
  );
}

function openingsIn(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return Array.from(text.matchAll(/\/\*\*[^]*?\*\//g)).flatMap(({ 0: comment, index }) => {
    if (!OPENING.test(comment)) return [];
    const line = text.slice(0, index).split('\n').length;
    return [`${file}:${line}: ${comment.replaceAll(/\s+/g, ' ').slice(0, 120)}`];
  });
}

describe('The language of the project', () => {
  it('is checked by a pattern that finds banned words and exempts quoted account names', () => {
    const isBanned = (line: string): boolean => BANNED.test(line.replaceAll(QUOTED_NAME, ''));
    expect(['Nobody waits.', 'it tells why', 'as was told'].map(isBanned)).toEqual([true, true, true]);
    expect(["runs as 'nobody'", 'runs as `nobody`', 'untold', 'a stellar idea'].map(isBanned)).toEqual(
      Array(4).fill(false),
    );
  });

  it('is checked by a pattern that finds the openings of doc comments', () => {
    const isOpening = (comment: string): boolean => OPENING.test(comment);
    expect(['/** What it is. */', '/**\n   * Whether it is.\n   */'].map(isOpening)).toEqual([true, true]);
    expect(['/** Returns what it is. */', '/* What */'].map(isOpening)).toEqual([false, false]);
  });

  it('has no banned word in sources, pages, documentation and examples', () => {
    const files = TEXTS.flatMap((path) => filesAt(path, path === 'examples' ? /\.md$/ : /\.(ts|tsx|css|html|md)$/));
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap(bannedIn)).toEqual([]);
  });

  it('has no doc comment that opens with a relative or interrogative pronoun', () => {
    const files = SOURCES.flatMap((path) => filesAt(path, /\.ts$/));
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(openingsIn)).toEqual([]);
  });
});
