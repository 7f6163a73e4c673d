import { type ReplayEntry, openReplayLog, readReplayEntry } from './replay-log';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const good = ['T-1', '2', 'open', 'closed', '2026-01-01T00:00:00Z', 'ada', 'Fix it'];

function withField(index: number, value: string): string[] {
  return good.map((field, at) => (at === index ? value : field));
}

describe('readReplayEntry', () => {
  it('reads a row', () => {
    expect(readReplayEntry(7, good)).toEqual({
      kind: 'row',
      line: 7,
      ticket: 'T-1',
      seq: 2,
      fromState: 'open',
      toState: 'closed',
      actor: 'ada',
      title: 'Fix it',
    });
  });

  it('takes empty titles, actors, times and first states', () => {
    expect(readReplayEntry(2, ['T-1', '1', '', 'open', '', '', ''])).toMatchObject({
      kind: 'row',
      title: '',
      actor: '',
    });
  });

  it.each([6, 8])('refuses a row of %i columns', (count) => {
    const problem = `expected 7 columns, got ${count}`;
    expect(readReplayEntry(3, Array<string>(count).fill('x'))).toEqual({ kind: 'bad', line: 3, problem });
  });

  it('refuses a row without a ticket', () => {
    expect(readReplayEntry(3, withField(0, ''))).toEqual({ kind: 'bad', line: 3, problem: 'ticket_id is empty' });
  });

  it.each(['', '0', '-1', '1.5', 'two', '1e3', ' 1', '1000000001'])('refuses seq %j', (seq) => {
    const problem = `seq must be a whole number from 1, got ${JSON.stringify(seq)}`;
    expect(readReplayEntry(3, withField(1, seq))).toEqual({ kind: 'bad', line: 3, problem });
  });

  it('says whose row it is where only the rest is bad', () => {
    const whose = { kind: 'bad', line: 3, ticket: 'T-1', seq: 2 };
    expect(readReplayEntry(3, withField(3, ''))).toEqual({ ...whose, problem: 'to_state is empty' });
    expect(readReplayEntry(3, withField(6, 'a\0b'))).toEqual({ ...whose, problem: 'the row contains a NUL character' });
  });
});

const HEADER = 'ticket_id,seq,from_state,to_state,at,actor,title\n';
const lineOf = (n: number): string => `T-${n},1,,open,2026-01-01T00:00:00Z,ada,Ticket ${n} ${(n * 7919) % 104729}\n`;
const manyLines = Array.from({ length: 5000 }, (_, n) => lineOf(n)).join('');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replay-log-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(content: string | Buffer): Promise<string> {
  const path = join(directory, 'log');
  await writeFile(path, content);
  return path;
}

async function readAll(path: string): Promise<{ entries: ReplayEntry[]; error?: Error; fraction: number }> {
  const log = await openReplayLog(path);
  const entries: ReplayEntry[] = [];
  try {
    for await (const entry of log.entries) entries.push(entry);
    return { entries, fraction: log.fractionRead() };
  } catch (error) {
    return { entries, error: error as Error, fraction: log.fractionRead() };
  } finally {
    await log.close();
  }
}

describe('openReplayLog', () => {
  it.each([
    ['plain', Buffer.from(HEADER + manyLines)],
    ['gzip', gzipSync(HEADER + manyLines)],
    ['gzip in two members', Buffer.concat([gzipSync(HEADER), gzipSync(manyLines)])],
  ])('reads a %s file, whatever its name', async (_, content) => {
    const { entries, error, fraction } = await readAll(await write(content));
    expect(error).toBeUndefined();
    expect(entries).toHaveLength(5000);
    expect(entries[4999]).toMatchObject({ kind: 'row', line: 5001, ticket: 'T-4999', seq: 1, toState: 'open' });
    expect(fraction).toBe(1);
  });

  it('reads no further than it is asked to', async () => {
    const log = await openReplayLog(await write(HEADER + manyLines));
    for await (const entry of log.entries) {
      expect(entry).toMatchObject({ line: 2 });
      break;
    }
    expect(log.fractionRead()).toBeLessThan(0.1);
    await log.close();
  });

  it('reports bad rows between good ones', async () => {
    const { entries } = await readAll(await write(`${HEADER}${lineOf(1)}T-2,x,,open,,,\nT-3,1\n${lineOf(4)}`));
    expect(entries.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'row'],
      [3, 'bad'],
      [4, 'bad'],
      [5, 'row'],
    ]);
  });

  it('gives every whole row of a gzip file that breaks off, then says so', async () => {
    const packed = gzipSync(HEADER + manyLines);
    const path = await write(packed.subarray(0, packed.length - 2000));
    const { entries, error } = await readAll(path);
    expect(error?.message).toBe(
      `the file ${path} is truncated or corrupt after ${packed.length - 2000} of ${packed.length - 2000} bytes: unexpected end of file`,
    );
    expect(entries.length).toBeGreaterThan(4000);
    expect(entries.map(({ kind }) => kind)).not.toContain('bad');
    expect(await readAll(path)).toEqual({ entries, error, fraction: 1 });
  });

  it('gives the rows before bytes that are no gzip any more', async () => {
    const packed = gzipSync(HEADER + manyLines);
    packed.fill(0xff, packed.length - 2000);
    const { entries, error } = await readAll(await write(packed));
    expect(error?.message).toContain('is truncated or corrupt after');
    expect(entries.length).toBeGreaterThan(1000);
  });

  it.each([
    ['', 'is empty; expected the header ticket_id,seq,'],
    ['ticket_id,seq,to_state,at,actor,title\n', 'has the wrong header (missing: from_state): expected ticket_id,seq,'],
    ['ticket_id;seq\n', 'got "ticket_id;seq"'],
    ['seq,ticket_id,from_state,to_state,at,actor,title\n', 'has the wrong header: expected'],
    [Buffer.from([0xff, 0xfe, 0x41, 0x00]), 'line 1: invalid UTF-8'],
  ])('refuses a file that starts with %j', async (content, message) => {
    await expect(openReplayLog(await write(content))).rejects.toThrow(message);
  });

  it('refuses a file that is not there, and one that is a directory', async () => {
    await expect(openReplayLog(join(directory, 'nothing'))).rejects.toThrow('cannot open the file');
    await expect(openReplayLog(directory)).rejects.toThrow('it is a directory');
  });
});
