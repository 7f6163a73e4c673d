import { LineBlocks, type FileLine } from './line-blocks';

function linesOf(content: string | Buffer, size: number, most = 100): FileLine[] {
  const bytes = Buffer.from(content as string);
  const blocks = new LineBlocks(most);
  const lines: FileLine[] = [];
  for (let at = 0; at < bytes.length; at += size) lines.push(...blocks.push(bytes.subarray(at, at + size)));
  return [...lines, ...blocks.end()];
}

const ended = (line: number, text: string): FileLine => ({ line, text, isUnended: false });

describe('LineBlocks', () => {
  it.each([1, 2, 3, 5, 1000])('splits at every newline and nowhere else, in blocks of %i bytes', (size) => {
    const text = 'one\n\nü\u2028漢🎟️\r\nlast\n';
    expect(linesOf(text, size)).toEqual([ended(1, 'one'), ended(2, ''), ended(3, 'ü\u2028漢🎟️\r'), ended(4, 'last')]);
  });

  it('says of the last line that it has no end', () => {
    expect(linesOf('one\ntwo', 2)).toEqual([ended(1, 'one'), { line: 2, text: 'two', isUnended: true }]);
    expect(linesOf('', 2)).toEqual([]);
  });

  it.each([1, 7, 1000])('reads on behind a line that is no UTF-8, in blocks of %i bytes', (size) => {
    const bytes = Buffer.concat([Buffer.from('one\n'), Buffer.from([0x61, 0xfc, 0x62]), Buffer.from('\nthree\n')]);
    const broken = { line: 2, code: 'bad_encoding', problem: 'invalid UTF-8', raw: 'a\uFFFDb' };
    expect(linesOf(bytes, size)).toEqual([ended(1, 'one'), broken, ended(3, 'three')]);
  });

  it.each([1, 7, 1000])('reads on behind a line that is too long, in blocks of %i bytes', (size) => {
    const [long, ...rest] = linesOf(`${'x'.repeat(50)}\n${'y'.repeat(10)}\n`, size, 10);
    expect(long).toMatchObject({
      line: 1,
      code: 'line_too_long',
      problem: 'the line has 50 bytes; the limit is 10',
    });
    expect((long as { raw: string }).raw).toMatch(/^x{10,50}$/);
    expect(rest).toEqual([ended(2, 'y'.repeat(10))]);
  });
});
