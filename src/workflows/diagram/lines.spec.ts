import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow } from '../../machine/workflow';
import type { TransitionDefinition } from '../../machine/compiled-workflow';
import { linesOf } from './lines';

const IDS = ['a', 'b', 'c', '__proto__'];

function workflow(...transitions: TransitionDefinition[]): CompleteWorkflow {
  const phases = [...IDS.map((id) => ({ id, category: 'active' as const })), { id: 'w', category: 'waiting' as const }];
  return completeWorkflow({ key: 'k', title: 'T', initial: ['a'], phases, transitions });
}

/** `a→b` for a line of its own, `a⇄b` for one that goes both ways. */
function drawnLines(drawn: CompleteWorkflow): string[] {
  return linesOf(drawn).map(({ there, back }) => there.from + (back ? '⇄' : '→') + there.to);
}

describe('linesOf', () => {
  it('draws the built-in workflow with as few lines as possible, and its main line as one', () => {
    expect(drawnLines(SDLC)).toEqual([
      'BACKLOG→REQUIREMENTS',
      'BACKLOG⇄BLOCKED',
      'REQUIREMENTS→DESIGN',
      'REQUIREMENTS⇄BLOCKED',
      'DESIGN→IMPLEMENTATION',
      'DESIGN⇄BLOCKED',
      'IMPLEMENTATION→TESTING',
      'IMPLEMENTATION⇄BLOCKED',
      'TESTING→DEPLOYMENT',
      'TESTING→IMPLEMENTATION',
      'TESTING⇄BLOCKED',
      'DEPLOYMENT→DONE',
      'DEPLOYMENT⇄BLOCKED',
    ]);
  });

  it('puts the way on before the way back, whichever is defined first', () => {
    expect(drawnLines(workflow({ from: 'c', to: 'a' }, { from: 'a', to: 'c' }))).toEqual(['a⇄c']);
    expect(drawnLines(workflow({ from: 'w', to: 'a' }, { from: 'a', to: 'w' }))).toEqual(['a⇄w']);
  });

  it('keeps apart moves of one kind that require different things', () => {
    const there: TransitionDefinition = { from: 'a', to: 'c', kind: 'forward', requires: ['reason', 'artifacts'] };
    const back: TransitionDefinition = { from: 'c', to: 'a', kind: 'forward' };
    expect(drawnLines(workflow(there, back))).toEqual(['a→c', 'c→a']);
    expect(drawnLines(workflow(there, { ...back, requires: ['artifacts', 'reason'] }))).toEqual(['a⇄c']);
    expect(drawnLines(workflow(there, { ...back, kind: 'regression' }))).toEqual(['a⇄c']);
  });

  it('is not confused by names', () => {
    expect(drawnLines(workflow({ from: 'a', to: '__proto__' }, { from: '__proto__', to: 'a' }))).toEqual([
      'a⇄__proto__',
    ]);
  });

  it('has every move in exactly one line', () => {
    const moves = linesOf(SDLC).flatMap(({ there, back }) => (back ? [there, back] : [there]));
    expect(new Set(moves)).toEqual(new Set(SDLC.transitions));
    expect(moves).toHaveLength(SDLC.transitions.length);
  });
});
