import fc from 'fast-check';
import { graphOf, tableOf } from '../../../testkit/pictures';
import { everyElement, parseSvg, titleOf } from '../../../testkit/svg';
import { PHASE_CATEGORIES } from '../../machine/compiled-workflow';
import { completeWorkflow } from '../../machine/workflow';
import { walkOf } from './walk';

describe('whatever people call things', () => {
  const ALLOWED = new Set(['svg', 'title', 'desc', 'style', 'g', 'rect', 'path', 'circle', 'text']);
  const HARMLESS = /^(class|xmlns|role|width|height|viewBox|x|y|r|rx|d|transform)$/;
  const word = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }),
    fc.constantFrom(
      '</title><script>alert(1)</script>',
      '"/><a href="x">',
      ']]>',
      '__proto__',
      '&#x3c;',
      '\uD800\u0000',
      '\n',
    ),
  );

  /** A text as XML can hold it. */
  const held = (text: string): string =>
    text.toWellFormed().replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD');

  it.each([
    ['a graph', graphOf],
    ['a table', tableOf],
  ])('is text, and nothing but text, in %s', (_, draw) => {
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 2, maxLength: 6 }), word, (ids, title) => {
        const phases = ids.map((id, place) => ({ id, title, category: PHASE_CATEGORIES[place % 4]! }));
        const transitions = ids.slice(1).map((to, place) => ({ from: ids[place]!, to }));
        const workflow = completeWorkflow({ key: 'k', title, initial: [ids[0]!], phases, transitions });
        const walk = walkOf(ids[0]!, ids[1]!, [{ from: ids[0]!, to: ids[1]!, count: 1 }]);
        const svg = parseSvg(draw(workflow, walk));
        for (const { name, attributes } of everyElement(svg)) {
          expect(ALLOWED).toContain(name);
          for (const attribute of Object.keys(attributes)) expect(attribute).toMatch(HARMLESS);
        }
        const titles = everyElement(svg).map(titleOf);
        expect(titles[0]).toBe(held(title));
        for (const id of ids) expect(titles.some((text) => text.includes(held(id)))).toBe(true);
        expect(titles).toContainEqual(expect.stringContaining(held(`${ids[0]} → ${ids[1]}`)));
      }),
    );
  });
});
