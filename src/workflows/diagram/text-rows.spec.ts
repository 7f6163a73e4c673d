import fc from 'fast-check';
import { rowsOf } from './text-rows';
import { charactersOf, widthOf } from './text-width';

const ROOM = { width: 100, rows: 2, size: 10 };

describe('rowsOf', () => {
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
  ])('breaks %j into %j', (text, rows) => {
    expect(rowsOf(text, ROOM)).toEqual(rows);
  });

  it('ends in an ellipsis where there is no room left', () => {
    expect(rowsOf('The quick brown fox jumps over the lazy dog', ROOM)).toEqual([
      'The quick brown',
      'fox jumps over th…',
    ]);
  });

  it('tears no emoji apart', () => {
    expect(rowsOf('👩‍👩‍👧‍👦'.repeat(30), { ...ROOM, rows: 1 })).toEqual([`${'👩‍👩‍👧‍👦'.repeat(8)}…`]);
  });

  it('keeps within its room, and within the text, whatever the text is', () => {
    const room = { width: 60, rows: 2, size: 10 };
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        const rows = rowsOf(text, room);
        expect(rows.length).toBeLessThanOrEqual(2);
        for (const row of rows) expect(widthOf(row, 10)).toBeLessThanOrEqual(60.001);
        if (!rows.at(-1)!.endsWith('…')) expect(rows.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''));
      }),
    );
  });
});

describe('widthOf', () => {
  it('tells narrow from wide', () => {
    const [narrow, usual, wide, full] = ['illi', 'abcd', 'WMWM', '漢字漢字'].map((text) => widthOf(text, 10));
    expect([narrow! < usual!, usual! < wide!, wide! < full!]).toEqual([true, true, true]);
  });

  it('counts a letter and its accents once, and what nobody sees not at all', () => {
    expect(widthOf('e\u0301', 10)).toBe(widthOf('e', 10));
    expect(widthOf('a\u200Bb', 10)).toBe(widthOf('ab', 10));
  });

  it('counts characters as people do', () => {
    expect(charactersOf('e\u0301🇵🇱👍🏽x')).toEqual(['e\u0301', '🇵🇱', '👍🏽', 'x']);
  });
});
