import { compileWorkflow, type GraphDefinition } from '../../machine/compiled-workflow';
import { SDLC_GRAPH } from '../../machine/sdlc';
import { planTicket, type Rules } from './planner';
import type { Columns, LogRow, TicketRows } from './log-row';
import type { StoredTicket } from './stored-tickets';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const START = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;

const RULES: Rules = { graph: SDLC_GRAPH, graphOf: () => SDLC_GRAPH, now: NOW };

/** Rows of one ticket on lines 2, 3, 4 …, one an hour, that go from each phase to the next. */
function logOf(phases: readonly string[], changes: Readonly<Record<number, Partial<Columns>>> = {}): TicketRows {
  const rows = phases.map((to_state, i): LogRow => {
    const columns = { ticket_id: 'T-1', seq: String(i + 1), from_state: phases[i - 1] ?? '', to_state };
    const at = new Date(START + i * HOUR).toISOString();
    return { line: i + 2, columns: { ...columns, at, actor: `actor-${i}`, title: '', ...changes[i] } };
  });
  return { ticket: 'T-1', rows };
}

function stored(phases: readonly string[], more: Partial<StoredTicket> = {}): StoredTicket {
  return {
    id: 'id',
    graphId: 1,
    initialPhase: phases[0]!,
    phase: phases.at(-1)!,
    resumePhase: null,
    title: 'T-1',
    createdAt: START,
    createdBy: 'actor-0',
    transitionCount: phases.length - 1,
    version: phases.length,
    archived: false,
    moves: phases.slice(1).map((to, i) => {
      return { from: phases[i]!, to, at: START + (i + 1) * HOUR, by: `actor-${i + 1}` };
    }),
    ...more,
  };
}

describe('planTicket, of a ticket that is not stored', () => {
  it('creates it with its moves, and where it may resume', () => {
    const log = logOf(['DESIGN', 'DESIGN', 'IMPLEMENTATION', 'BLOCKED'], { 0: { title: 'Fix it' } });
    expect(planTicket(log, undefined, RULES)).toEqual({
      kind: 'create',
      externalId: 'T-1',
      creation: expect.objectContaining({ line: 2, to: 'DESIGN', at: START, actor: 'actor-0' }),
      moves: [
        expect.objectContaining({ line: 4, from: 'DESIGN', to: 'IMPLEMENTATION', at: START + 2 * HOUR }),
        expect.objectContaining({ line: 5, from: 'IMPLEMENTATION', to: 'BLOCKED', actor: 'actor-3' }),
      ],
      title: 'Fix it',
      resumePhase: 'IMPLEMENTATION',
      repeats: 1,
      shortened: 0,
    });
  });

  it('creates it in any phase, also in a waiting one', () => {
    expect(planTicket(logOf(['BLOCKED']), undefined, RULES)).toMatchObject({ kind: 'create', resumePhase: null });
    expect(planTicket(logOf(['DONE']), undefined, RULES)).toMatchObject({ kind: 'create', moves: [] });
  });

  it('quarantines it for every row that cannot be read, and for nothing else', () => {
    const log = logOf(['BACKLOG', 'TESTING', 'DONE'], { 1: { at: 'soon' }, 2: { title: 'x'.repeat(501) } });
    const broken = { line: 9, error: { code: 'bad_csv', reason: 'a quote is not closed' }, raw: 'T-1,"' } as const;
    expect(planTicket({ ...log, rows: [...log.rows, broken] }, undefined, RULES)).toEqual({
      kind: 'quarantine',
      errors: [
        { line: 3, code: 'bad_time', reason: expect.any(String) },
        { line: 4, code: 'bad_title', reason: expect.any(String) },
        { line: 9, code: 'bad_csv', reason: 'a quote is not closed' },
      ],
    });
  });

  it('quarantines it for a broken chain', () => {
    const log = logOf(['BACKLOG', 'REQUIREMENTS'], { 1: { seq: '3' } });
    expect(planTicket(log, undefined, RULES)).toMatchObject({ kind: 'quarantine', errors: [{ code: 'seq_gap' }] });
  });

  it.each<[string[], object]>([
    [
      ['open', 'BACKLOG'],
      {
        line: 2,
        code: 'unknown_state',
        reason: expect.stringMatching(/^the workflow has no phase "open"; it has "BACK/),
      },
    ],
    [['BACKLOG', 'closed'], { line: 3, code: 'unknown_state', reason: expect.stringContaining('no phase "closed"') }],
    [
      ['BACKLOG', 'REQUIREMENTS', 'DONE', 'closed'],
      {
        line: 4,
        code: 'illegal_transition',
        reason: 'the workflow has no transition from "REQUIREMENTS" to "DONE"; allowed: "DESIGN", "BLOCKED"',
      },
    ],
    [
      ['DONE', 'BACKLOG'],
      {
        line: 3,
        code: 'illegal_transition',
        reason: 'the workflow has no transition from "DONE" to "BACKLOG"; "DONE" is terminal',
      },
    ],
    [
      ['BACKLOG', 'BLOCKED', 'TESTING'],
      {
        line: 4,
        code: 'illegal_transition',
        reason:
          'The ticket entered BLOCKED from BACKLOG and can resume only in that phase or an earlier one, not in TESTING.',
      },
    ],
  ])('quarantines %j', (phases, error) => {
    expect(planTicket(logOf(phases), undefined, RULES)).toEqual({ kind: 'quarantine', errors: [error] });
  });

  it('quarantines a move that requires what a log does not have', () => {
    const definition: GraphDefinition = {
      initial: ['a'],
      phases: [
        { id: 'a', category: 'todo' },
        { id: 'b', category: 'done' },
      ],
      transitions: [{ from: 'a', to: 'b', requires: ['reason'] }],
    };
    expect(planTicket(logOf(['a', 'b']), undefined, { ...RULES, graph: compileWorkflow(definition) })).toEqual({
      kind: 'quarantine',
      errors: [
        {
          line: 3,
          code: 'guard_failed',
          reason: 'the transition from "a" to "b" requires a reason, which a log does not contain',
        },
      ],
    });
  });

  it('rejects any number of rows without a ticket, each for its own error', () => {
    const rows = [2, 3].map((line) => ({ line, error: { code: 'bad_csv', reason: 'torn' }, raw: '"' }) as const);
    for (const log of [{ ticket: '', rows }, { ticket: '', rows, excess: 'more' } as const]) {
      expect(planTicket(log, undefined, RULES)).toEqual({
        kind: 'quarantine',
        errors: [2, 3].map((line) => ({ line, code: 'bad_csv', reason: 'torn' })),
      });
    }
  });

  it('quarantines a ticket with more rows than fit', () => {
    expect(planTicket({ ...logOf(['BACKLOG', 'BACKLOG']), excess: 'first' }, undefined, RULES)).toEqual({
      kind: 'quarantine',
      errors: [2, 3].map((line) => ({ line, code: 'ticket_too_large', reason: expect.any(String) })),
    });
  });
});

describe('planTicket, of a ticket that is stored', () => {
  const way = ['BACKLOG', 'BLOCKED', 'BACKLOG', 'REQUIREMENTS'];

  it('adds nothing to one that is all there', () => {
    expect(planTicket(logOf([...way, 'REQUIREMENTS']), stored(way), RULES)).toEqual({
      kind: 'unchanged',
      present: 4,
      repeats: 1,
      shortened: 0,
      titleKept: false,
    });
  });

  it('counts only rows of the log as present', () => {
    expect(planTicket(logOf(way.slice(0, 2)), stored(way), RULES)).toMatchObject({ kind: 'unchanged', present: 2 });
  });

  it('adds what is new, judged on what is stored', () => {
    const ticket = stored(way.slice(0, 2), { resumePhase: 'BACKLOG' });
    expect(planTicket(logOf(way, { 3: { title: 'New' } }), ticket, RULES)).toEqual({
      kind: 'continue',
      stored: ticket,
      moves: [expect.objectContaining({ line: 4 }), expect.objectContaining({ line: 5 })],
      title: 'New',
      titledBy: expect.objectContaining({ line: 5 }),
      titleKept: false,
      resumePhase: null,
      present: 2,
      repeats: 0,
      shortened: 0,
    });
    expect(planTicket(logOf(['BACKLOG', 'BLOCKED', 'TESTING']), ticket, RULES)).toMatchObject({
      kind: 'quarantine',
      errors: [{ line: 4, code: 'illegal_transition' }],
    });
  });

  it('adds a title alone', () => {
    expect(planTicket(logOf(way, { 0: { title: 'New' } }), stored(way), RULES)).toMatchObject({ kind: 'unchanged' });
    expect(planTicket(logOf(way, { 1: { title: 'New' } }), stored(way), RULES)).toMatchObject({
      kind: 'continue',
      moves: [],
      title: 'New',
    });
  });

  it('judges by the workflow that the ticket has, whatever new ones get', () => {
    const other = compileWorkflow({
      initial: ['BACKLOG'],
      phases: [{ id: 'BACKLOG', category: 'todo' }],
      transitions: [],
    });
    const rules: Rules = { ...RULES, graph: other, graphOf: (id) => (id === 7 ? SDLC_GRAPH : other) };
    const ticket = stored(['BACKLOG'], { graphId: 7 });
    expect(planTicket(logOf(['BACKLOG', 'REQUIREMENTS']), ticket, rules)).toMatchObject({ kind: 'continue' });
    expect(planTicket(logOf(['BACKLOG', 'REQUIREMENTS']), { ...ticket, graphId: 8 }, rules)).toMatchObject({
      kind: 'quarantine',
    });
  });

  it('quarantines what differs', () => {
    const log = logOf(way, { 2: { actor: 'another client' } });
    expect(planTicket(log, stored(way), RULES)).toMatchObject({
      kind: 'quarantine',
      errors: [{ line: 4, code: 'differs' }],
    });
  });
});
