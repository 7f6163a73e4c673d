import { Phase } from '../../machine/phase';
import { rowActorOf, planRow, ticketTitleOf } from './planner';
import { mapToPhases } from './state-mapping';

const PHASES = Object.values(Phase);
/** Each state is named after its phase, in small letters; any other has none. */
const mapping = mapToPhases(new Map(PHASES.map((phase) => [phase.toLowerCase(), phase])));
const plan = (current: string | null, toState: string, fromState = 'elsewhere') =>
  planRow(mapping, current, { fromState, toState });

describe('planRow', () => {
  it('creates a ticket in the phase of its first state', () => {
    expect(plan(null, 'testing', '')).toEqual({ kind: 'create', phase: 'TESTING', thenTo: null });
  });

  it('creates a ticket that is blocked first in BACKLOG, then moves it', () => {
    expect(plan(null, 'blocked', '')).toEqual({ kind: 'create', phase: 'BACKLOG', thenTo: 'BLOCKED' });
  });

  it('creates a ticket late where its first states have no phase', () => {
    expect(plan(null, 'parked')).toEqual({ kind: 'skip', because: 'unmapped' });
    expect(plan(null, 'design')).toEqual({ kind: 'create', phase: 'DESIGN', thenTo: null });
  });

  it('creates from a row that repeats a state, if that is the first one seen', () => {
    expect(plan(null, 'design', 'design')).toEqual({ kind: 'create', phase: 'DESIGN', thenTo: null });
  });

  it('asks for every change to another phase, legal or not', () => {
    for (const from of PHASES) {
      for (const to of PHASES) {
        const expected = from === to ? { kind: 'skip', because: 'same_phase' } : { kind: 'move', to };
        expect(plan(from, to.toLowerCase())).toEqual(expected);
      }
    }
  });

  it('does not ask again when the state repeats, also where a refusal left the ticket elsewhere', () => {
    expect(plan('BACKLOG', 'done', 'done')).toEqual({ kind: 'skip', because: 'same_state' });
  });

  it('skips a state without a phase', () => {
    expect(plan('BACKLOG', 'parked')).toEqual({ kind: 'skip', because: 'unmapped' });
  });
});

describe('ticketTitleOf', () => {
  it('takes the title of the log', () => {
    expect(ticketTitleOf({ ticket: 'T-1', title: 'Fix it' })).toBe('Fix it');
  });

  it.each(['', '  \t'])('takes the id where the title is %j', (title) => {
    expect(ticketTitleOf({ ticket: 'T-1', title })).toBe('T-1');
  });

  it('keeps 500 characters, counted as code points', () => {
    const title = '🚀'.repeat(500);
    expect(ticketTitleOf({ ticket: 'T-1', title })).toBe(title);
  });

  it('cuts what is longer, never inside a character', () => {
    expect(ticketTitleOf({ ticket: 'T-1', title: '🚀'.repeat(501) })).toBe(`${'🚀'.repeat(499)}…`);
  });
});

describe('rowActorOf', () => {
  it.each([
    ['ada', 'ada'],
    ['', undefined],
    [' ', undefined],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['a'.repeat(256), `${'a'.repeat(254)}…`],
  ])('%j gives %j', (actor, expected) => {
    expect(rowActorOf({ actor })).toBe(expected);
  });
});
