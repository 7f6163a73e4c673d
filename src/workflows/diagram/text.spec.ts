import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { escapeXml, graphemesOf, textRows, textWidth } from './text';

const ROOM = { width: 100, rows: 2, fontSize: 10 };

describe('textRows', () => {
  it.each([
    ['DONE', ['DONE']],
    ['Awaiting Customer Info', ['Awaiting Customer', 'Info']],
    ['implementable/deprecated', ['implementable/', 'deprecated']],
    ['provisional_implementable', ['provisional_', 'implementable']],
    ['a\nb\t c', ['a b c']],
    ['', ['']],
    [' ', ['']],
    ['需求评审与技术方案设计', ['需求评审与技术方案', '设计']],
    ['Donaudampfschifffahrtsgesellschaft', ['Donaudampfschifff', 'ahrtsgesellschaft']],
  ])('breaks %j into the rows %j', (text, rows) => {
    expect(textRows(text, ROOM)).toEqual(rows);
  });

  it('ends in an ellipsis when the text does not fit', () => {
    expect(textRows('The quick brown fox jumps over the lazy dog', ROOM)).toEqual([
      'The quick brown',
      'fox jumps over th…',
    ]);
  });

  it('keeps emoji whole', () => {
    expect(textRows('👩‍👩‍👧‍👦'.repeat(30), { ...ROOM, rows: 1 })).toEqual([`${'👩‍👩‍👧‍👦'.repeat(8)}…`]);
  });

  it('fits its room and keeps the text, for any text', () => {
    const room = { width: 60, rows: 2, fontSize: 10 };
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        const rows = textRows(text, room);
        expect(rows.length).toBeLessThanOrEqual(2);
        for (const row of rows) expect(textWidth(row, 10)).toBeLessThanOrEqual(60.001);
        if (!rows.at(-1)!.endsWith('…')) expect(rows.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''));
      }),
    );
  });
});

describe('textWidth', () => {
  it('distinguishes narrow, normal, wide and full-width characters', () => {
    const [narrow, usual, wide, full] = ['illi', 'abcd', 'WMWM', '漢字漢字'].map((text) => textWidth(text, 10));
    expect([narrow! < usual!, usual! < wide!, wide! < full!]).toEqual([true, true, true]);
  });

  it('counts a letter with accents once, and invisible characters as zero', () => {
    expect(textWidth('e\u0301', 10)).toBe(textWidth('e', 10));
    expect(textWidth('a\u200Bb', 10)).toBe(textWidth('ab', 10));
  });

  it('splits texts into grapheme clusters', () => {
    expect(graphemesOf('e\u0301🇵🇱👍🏽x')).toEqual(['e\u0301', '🇵🇱', '👍🏽', 'x']);
  });
});

/** Returns the text of an XML document. Throws if it is not well-formed. */
function textIn(xml: string): string {
  let text = '';
  const parser = new SaxesParser();
  parser.on('text', (piece) => (text += piece));
  parser.write(xml).close();
  return text;
}

describe('escapeXml', () => {
  it.each([
    ['<script>alert("1 & 2")</script>', '&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;'],
    [']]>', ']]&gt;'],
    ["it's", 'it&apos;s'],
    ['a\0b\u001Bc\uFFFEd\uD800e', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe'],
    ['żółw 龟 🐢\n', 'żółw 龟 🐢\n'],
  ])('escapes %j as %j', (text, xml) => {
    expect(escapeXml(text)).toBe(xml);
  });

  it('survives an XML parser, for any text that XML can contain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textIn(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toBe(
          // eslint-disable-next-line no-control-regex
          text.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD'),
        );
      }),
    );
  });
});
