import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGES = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/README.md'].map((page) =>
    join(ROOT, page),
  ),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(ROOT, 'docs', name)),
];

const textOf = (page: string): string => readFileSync(page, 'utf8').replaceAll(/^```.*?^```$/gms, '');

/** The anchors of a page, as GitHub makes them from its headings. */
const anchorsOf = (page: string): string[] =>
  Array.from(textOf(page).matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('The documentation', () => {
  it('has a README of at most 180 lines', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThanOrEqual(181);
  });

  it('links only to files and headings that exist', () => {
    const broken = PAGES.flatMap((page) =>
      Array.from(textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g), ([link, path = '', anchor]) => {
        const target = path === '' ? page : join(dirname(page), path);
        const found = existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
        return found ? [] : [`${relative(ROOT, page)}: ${link}`];
      }).flat(),
    );
    expect(broken).toEqual([]);
  });

  it('lists the settings of .env.example in docs/configuration.md', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const [settings = ''] = page.split('## Limits');
    const listed = Array.from(settings.matchAll(/^\| `([A-Z_]+)`/gm), ([, name]) => name);
    const known = readFileSync(join(ROOT, '.env.example'), 'utf8').match(/^[A-Z_]+(?==)/gm) ?? [];
    expect([...listed].sort()).toEqual([...known].sort());
  });
});
