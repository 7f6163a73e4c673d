import { exportText, LINES_BEFORE, pastLines, pastValues, repair } from '../../../../test/transfer/export/lines';
import { type FileLine, LineBlocks } from '../../log/line-blocks';
import { BrokenFileError } from '../../log/log-file';
import { RecordLines } from './record-lines';

const ONE = pastLines(pastValues(repair('taken in', 'on the bench'), 1));
const TWO = pastLines(pastValues(repair('taken in'), 2));
const [FIRST, SECOND] = ['01a2048b-0000-7000-8000-000000000001', '01a2048b-0000-7000-8000-000000000002'];

/** Everything behind the frame of a file that begins like this. */
async function* linesBehind(text: string, failure?: Error): AsyncGenerator<FileLine> {
  const blocks = new LineBlocks(10_000);
  for (const line of [...blocks.push(Buffer.from(text)), ...blocks.end()]) if (line.line > LINES_BEFORE) yield line;
  if (failure !== undefined) throw failure;
}

/** Where the lines are that were read, counted from behind the frame, whose they are, and what is wrong with them. */
async function read(text: string, failure?: Error) {
  const lines = new RecordLines(linesBehind(text, failure), LINES_BEFORE);
  const found: [number, string, string | undefined][] = [];
  for await (const { ticket, row } of lines.read()) {
    found.push([row.line - LINES_BEFORE, ticket, 'error' in row ? row.error.code : undefined]);
  }
  return { found, problem: lines.problem, last: lines.isCutOff ? lines.lastOfTicket - LINES_BEFORE : undefined };
}

const SOUND = [
  [1, FIRST, undefined],
  [2, FIRST, undefined],
  [3, FIRST, undefined],
  [4, FIRST, undefined],
  [5, SECOND, undefined],
  [6, SECOND, undefined],
];

describe('RecordLines', () => {
  const text = exportText([...ONE, ...TWO]);

  it('assigns each line to its ticket and accepts a complete file', async () => {
    expect(await read(text)).toEqual({ found: SOUND, problem: undefined, last: undefined });
    expect(await read(text.slice(0, -1))).toEqual({ found: SOUND, problem: undefined, last: undefined });
  });

  it('reads on behind broken lines: a line is of the ticket that it names, or else of the one before it', async () => {
    const lines = [ONE[0]!, '{', ONE[1]!, 'x', ONE[3]!, TWO[0]!.replace('"title"', 'title'), TWO[1]!.slice(0, 100)];
    const { found, problem } = await read(exportText(lines));
    expect(found).toEqual([
      [1, FIRST, undefined],
      [2, FIRST, 'bad_line'],
      [3, FIRST, undefined],
      [4, FIRST, 'bad_line'],
      [5, FIRST, undefined],
      [6, SECOND, 'bad_line'],
      [7, SECOND, 'bad_line'],
    ]);
    expect(problem).toMatch(/^the last line states \d+ lines, but the file has \d+$/);
  });

  it('has no place for what tickets name among them, nor for anything behind the end', async () => {
    const workflow = '{"type":"workflow","key":"x","project":null,"created_at":null}';
    const { found } = await read(`${exportText([...ONE, workflow, ...TWO])}${ONE[0]}\n`);
    expect(found.filter(([, , code]) => code !== undefined)).toEqual([
      [5, '', 'misplaced_line'],
      [9, '', 'misplaced_line'],
    ]);
  });

  it.each([
    ['in the middle of a line', text.slice(0, text.indexOf(TWO[1]!) + 50), 5, /^the file is truncated in line \d+$/],
    ['between two lines', text.slice(0, text.indexOf(TWO[1]!)), 5, /^the file has no line of type end/],
    ['before its last line', text.slice(0, text.lastIndexOf('{"type":"end"')), 6, /^the file has no line of type end/],
    ['in its last line', text.slice(0, -5), 6, /^the file is truncated in line/],
  ])('knows a file that breaks off %s', async (_, cut, last, reason) => {
    const { found, problem, last: lastLine } = await read(cut);
    expect(found).toEqual(SOUND.slice(0, last));
    expect([problem, lastLine]).toEqual([expect.stringMatching(reason), last]);
  });

  it('knows a file of which lines are missing', async () => {
    const { found, problem, last } = await read(text.replace(`${TWO.join('\n')}\n`, ''));
    expect(found).toEqual(SOUND.slice(0, 4));
    expect(problem).toMatch(/^the last line states 15 lines, but the file has 13$/);
    expect(last).toBeUndefined();
  });

  it('takes what came before a file could not be read any more', async () => {
    const part = text.slice(0, text.indexOf(TWO[1]!));
    expect(await read(part, new BrokenFileError('torn'))).toEqual({
      found: SOUND.slice(0, 5),
      problem: 'torn',
      last: 5,
    });
    await expect(read(part, new Error('no disk'))).rejects.toThrow('no disk');
  });
});
