import { Phase } from '../../machine/phase';
import { actorOf, planStep, titleOf } from './planner';

const change = { fromState: 'open', toState: 'closed' };
const repetition = { fromState: 'open', toState: 'open' };

describe('planStep', () => {
  it('creates a ticket in the phase of its first state', () => {
    const step = planStep(null, Phase.TESTING, { fromState: '', toState: 'open' });
    expect(step).toEqual({ kind: 'create', phase: Phase.TESTING, thenTo: null });
  });

  it('creates a ticket that is blocked first in BACKLOG, then moves it', () => {
    const step = planStep(null, Phase.BLOCKED, { fromState: '', toState: 'waiting' });
    expect(step).toEqual({ kind: 'create', phase: Phase.BACKLOG, thenTo: Phase.BLOCKED });
  });

  it('creates a ticket late where its first states have no phase', () => {
    expect(planStep(null, undefined, change)).toEqual({ kind: 'skip', because: 'unmapped' });
    expect(planStep(null, Phase.DESIGN, change)).toEqual({ kind: 'create', phase: Phase.DESIGN, thenTo: null });
  });

  it('creates from a row that repeats a state, if that is the first one seen', () => {
    expect(planStep(null, Phase.DESIGN, repetition)).toEqual({ kind: 'create', phase: Phase.DESIGN, thenTo: null });
  });

  it('asks for every change to another phase, legal or not', () => {
    for (const from of Object.values(Phase)) {
      for (const to of Object.values(Phase)) {
        const expected = from === to ? { kind: 'skip', because: 'same_phase' } : { kind: 'move', to };
        expect(planStep(from, to, change)).toEqual(expected);
      }
    }
  });

  it('does not ask again when the state repeats, also where a refusal left the ticket elsewhere', () => {
    expect(planStep(Phase.BACKLOG, Phase.DONE, repetition)).toEqual({ kind: 'skip', because: 'same_state' });
  });

  it('skips a state without a phase', () => {
    expect(planStep(Phase.BACKLOG, undefined, change)).toEqual({ kind: 'skip', because: 'unmapped' });
  });
});

describe('titleOf', () => {
  it('takes the title of the log', () => {
    expect(titleOf({ ticket: 'T-1', title: 'Fix it' })).toBe('Fix it');
  });

  it.each(['', '  \t'])('takes the id where the title is %j', (title) => {
    expect(titleOf({ ticket: 'T-1', title })).toBe('T-1');
  });

  it('keeps 500 characters, counted as code points', () => {
    const title = '🚀'.repeat(500);
    expect(titleOf({ ticket: 'T-1', title })).toBe(title);
  });

  it('cuts what is longer, never inside a character', () => {
    expect(titleOf({ ticket: 'T-1', title: '🚀'.repeat(501) })).toBe(`${'🚀'.repeat(499)}…`);
  });
});

describe('actorOf', () => {
  it.each([
    ['ada', 'ada'],
    ['', undefined],
    [' ', undefined],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['a'.repeat(256), `${'a'.repeat(254)}…`],
  ])('%j gives %j', (actor, expected) => {
    expect(actorOf({ actor })).toBe(expected);
  });
});
