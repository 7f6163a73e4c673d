import { type Chain, readChain } from './chain';
import type { CheckedRow } from './checked-row';
import { continueTicket } from './continuation';
import type { StoredTicket } from './stored-tickets';

const HOUR = 3_600_000;
const PHASES = ['a', 'b', 'c', 'd'];

function rowsOf(moves: number, titles: readonly string[] = []): CheckedRow[] {
  return Array.from({ length: moves + 1 }, (_, i) => ({
    line: i + 2,
    seq: i + 1,
    from: i === 0 ? '' : PHASES[i - 1]!,
    to: PHASES[i]!,
    at: i * HOUR,
    actor: `actor-${i}`,
    title: titles[i] ?? '',
    shortened: false,
  }));
}

function chainOf(moves: number, titles?: readonly string[]): Chain {
  return readChain('T-1', rowsOf(moves, titles)) as Chain;
}

function stored(moves: number, more: Partial<StoredTicket> = {}): StoredTicket {
  return {
    id: 'id',
    graphId: 1,
    initialPhase: 'a',
    phase: PHASES[moves]!,
    resumePhase: null,
    title: 'T-1',
    createdAt: 0,
    createdBy: 'actor-0',
    transitionCount: moves,
    version: moves + 1,
    archived: false,
    moves: rowsOf(moves)
      .slice(1)
      .map(({ from, to, at, actor }) => ({ from, to, at, by: actor })),
    ...more,
  };
}

describe('continueTicket', () => {
  it('has nothing to add to a ticket that is all there', () => {
    expect(continueTicket(chainOf(2), stored(2))).toEqual({ moves: [], title: null, titleKept: false });
  });

  it('adds what the log has beyond what is stored', () => {
    const chain = chainOf(3);
    expect(continueTicket(chain, stored(1))).toEqual({ moves: chain.moves.slice(1), title: null, titleKept: false });
    expect(continueTicket(chain, stored(0))).toMatchObject({ moves: chain.moves });
  });

  it('has nothing to add to a ticket that went on by itself', () => {
    expect(continueTicket(chainOf(1), stored(3))).toEqual({ moves: [], title: null, titleKept: false });
  });

  it('accepts a creation with an unknown actor', () => {
    expect(continueTicket(chainOf(0), stored(0, { createdBy: null }))).toMatchObject({ moves: [] });
  });

  it.each<[string, Partial<StoredTicket>]>([
    ['phase', { initialPhase: 'x' }],
    ['time', { createdAt: 1 }],
    ['actor', { createdBy: 'x' }],
  ])('finds another %s of the creation', (_, difference) => {
    const { initialPhase, createdAt, createdBy } = stored(0, difference);
    expect(continueTicket(chainOf(1), stored(1, difference))).toEqual({
      line: 2,
      code: 'differs',
      reason:
        'the row creates the ticket in "a" at 1970-01-01T00:00:00.000Z by "actor-0"; the stored ticket was created in ' +
        `"${initialPhase}" at ${new Date(createdAt).toISOString()} by "${createdBy}"`,
    });
  });

  it.each(['from', 'to', 'at', 'by'] as const)('finds a move of which "%s" differs', (field) => {
    const [first, second] = stored(2).moves;
    const moves = [first!, { ...second!, [field]: field === 'at' ? 5 : 'x' }];
    expect(continueTicket(chainOf(3), stored(2, { moves }))).toEqual({
      line: 4,
      code: 'differs',
      reason:
        'the row moves the ticket from "b" to "c" at 1970-01-01T02:00:00.000Z by "actor-2"; stored transition 2 is from ' +
        `"${moves[1]!.from}" to "${moves[1]!.to}" at ${new Date(moves[1]!.at).toISOString()} by "${moves[1]!.by}"`,
    });
  });

  it('adds nothing to an archived ticket', () => {
    expect(continueTicket(chainOf(2), stored(1, { archived: true }))).toEqual({
      line: 4,
      code: 'ticket_archived',
      reason: 'the ticket is archived. Restore it before adding transitions.',
    });
    expect(continueTicket(chainOf(2), stored(2, { archived: true }))).toMatchObject({ moves: [] });
  });

  describe('the title', () => {
    const chain = chainOf(2, ['First', '', 'Second']);

    it('becomes the latest, where the stored one is an earlier one of the log', () => {
      expect(continueTicket(chain, stored(1, { title: 'First' }))).toMatchObject({ title: 'Second', titleKept: false });
      expect(continueTicket(chain, stored(2, { title: 'First' }))).toMatchObject({ moves: [], title: 'Second' });
      expect(continueTicket(chainOf(1, ['', 'x']), stored(0))).toMatchObject({ title: 'x' });
    });

    it('keeps a title that another client gave, and reports that', () => {
      const kept = { title: null, titleKept: true };
      expect(continueTicket(chain, stored(1, { title: 'Mine' }))).toMatchObject(kept);
      expect(continueTicket(chain, stored(2, { title: 'First', archived: true }))).toMatchObject(kept);
      expect(continueTicket(chain, stored(3, { title: 'First' }))).toMatchObject(kept);
      expect(continueTicket(chain, stored(2, { title: 'T-1' }))).toMatchObject(kept);
    });
  });
});
