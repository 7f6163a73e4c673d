import fc from 'fast-check';
import { CsvBlocks, type CsvRecord } from './csv-blocks';

function read(content: string | Buffer, blockSize = Infinity): CsvRecord[] {
  const bytes = Buffer.from(content as string);
  const csv = new CsvBlocks(3);
  const records: CsvRecord[] = [];
  for (let at = 0; at < bytes.length; at += blockSize) records.push(...csv.push(bytes.subarray(at, at + blockSize)));
  return [...records, ...csv.end()];
}

describe('CsvBlocks', () => {
  it('gives records with the line they start on', () => {
    expect(read('a,b,c\n1,"x, ""y""\nz",3\r\n4,5,6\n\n7,8,9')).toEqual([
      { line: 1, fields: ['a', 'b', 'c'] },
      { line: 2, fields: ['1', 'x, "y"\nz', '3'] },
      { line: 4, fields: ['4', '5', '6'] },
      { line: 6, fields: ['7', '8', '9'] },
    ]);
  });

  it('drops a byte order mark', () => {
    expect(read('\uFEFFa,b,c\n')).toEqual([{ line: 1, fields: ['a', 'b', 'c'] }]);
  });

  it('gives nothing for an empty file', () => {
    expect(read('')).toEqual([]);
  });

  it('leaves a wrong number of columns to the reader of the record', () => {
    expect(read('1,2\n1,2,3,4\n')).toEqual([
      { line: 1, fields: ['1', '2'] },
      { line: 2, fields: ['1', '2', '3', '4'] },
    ]);
  });

  it.each([
    ['1,a"b,3', 'an unquoted field contains a quote'],
    ['1,"a"b,3', 'a closing quote is followed by more text'],
    ['1,"a,3', 'a quote is not closed'],
  ])('loses only the line of the bad quote in %s', (bad, problem) => {
    const good = { line: 1, fields: ['x', 'y', 'z'] };
    const after = [
      { line: 3, fields: ['4', '"', '6'] },
      { line: 4, fields: ['7', '8', '9'] },
    ];
    const broken = { line: 2, code: 'bad_csv', raw: bad };
    expect(read(`x,y,z\n${bad}\n4,"""",6\n7,8,9\n`)).toEqual([
      good,
      { ...broken, problem: expect.any(String) },
      ...after,
    ]);
    expect(read(`x,y,z\n${bad}`)).toEqual([good, { ...broken, problem }]);
  });

  it('does not take two stray quotes for one field over the lines between them', () => {
    const broken = { code: 'bad_csv' };
    expect(read('1,2,"x\n4,5,6\n7,8,"y\n')).toEqual([
      { ...broken, line: 1, problem: 'a closing quote is followed by more text', raw: '1,2,"x' },
      { line: 2, fields: ['4', '5', '6'] },
      { ...broken, line: 3, problem: 'a quote is not closed', raw: '7,8,"y' },
    ]);
    expect(read('1,"x\r\n4,5,6\n7,",y,9\n')).toEqual([
      { ...broken, line: 1, problem: 'a quote is not closed', raw: '1,"x' },
      { line: 2, fields: ['4', '5', '6'] },
      { ...broken, line: 3, problem: 'a quote is not closed', raw: '7,",y,9' },
    ]);
  });

  it('reports bytes that are no UTF-8, but not a real replacement character', () => {
    const bytes = Buffer.concat([Buffer.from('1,\uFFFD,3\n4,'), Buffer.from([0xff, 0xc3]), Buffer.from(',6\n7,8,9\n')]);
    expect(read(bytes)).toEqual([
      { line: 1, fields: ['1', '\uFFFD', '3'] },
      { line: 2, code: 'bad_encoding', problem: 'invalid UTF-8', raw: '4,\uFFFD\uFFFD,6' },
      { line: 3, fields: ['7', '8', '9'] },
    ]);
  });

  it('gives up a record that grows without end, and keeps none of it', () => {
    const csv = new CsvBlocks(3);
    const block = Buffer.from('y'.repeat(40_000));
    expect([...csv.push(Buffer.from('1,2,"x'))]).toEqual([]);
    expect([...csv.push(block)]).toEqual([]);
    const raw = `1,2,"x${'y'.repeat(65_530)}`;
    const problem = 'longer than 65536 bytes';
    expect([...csv.push(block)]).toEqual([{ line: 1, code: 'bad_csv', problem, raw }]);
    expect([...csv.push(block), ...csv.push(Buffer.from('y\n4,5,6\n')), ...csv.end()]).toEqual([
      { line: 2, fields: ['4', '5', '6'] },
    ]);
  });

  it('gives only whole lines of a file that breaks off', () => {
    const csv = new CsvBlocks(3);
    expect([...csv.push(Buffer.from('1,2,3\n4,5,6\n7,8,half a ti')), ...csv.cut()]).toEqual([
      { line: 1, fields: ['1', '2', '3'] },
      { line: 2, fields: ['4', '5', '6'] },
    ]);
  });

  it('reads the same however the bytes are cut', () => {
    const piece = fc.constantFrom('a', 'é', '🚀', ',', '"', '""', '\n', '\r\n', ',"x",', '1,2,3\n', '"p\nq"');
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (content, blockSize) => {
        expect(read(content, blockSize)).toEqual(read(content));
      }),
      { numRuns: 1000 },
    );
  });
});
