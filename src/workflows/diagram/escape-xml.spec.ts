import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { escapeXml } from './escape-xml';

/** What an XML parser makes of a document: the text in it. Throws where it is not well-formed. */
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
  ])('turns %j into %j', (text, xml) => {
    expect(escapeXml(text)).toBe(xml);
  });

  it('gives any text back to whoever parses it, as far as XML can hold it', () => {
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
