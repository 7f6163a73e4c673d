import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type CompleteWorkflow } from '../../machine/workflow';
import type { Requirement, TransitionDefinition, TransitionKind } from '../../machine/compiled-workflow';
import { diagramEdges, requirementsLabel, type DiagramTransition } from './diagram-edges';

const IDS = ['a', 'b', 'c', '__proto__'];

function workflow(...transitions: TransitionDefinition[]): CompleteWorkflow {
  const phases = [...IDS.map((id) => ({ id, category: 'active' as const })), { id: 'w', category: 'waiting' as const }];
  return completeWorkflow({ key: 'k', title: 'T', initial: ['a'], phases, transitions });
}

/** Returns `a→b` for an edge of one transition, `a⇄b` for an edge that two transitions share. */
function drawnEdges(drawn: CompleteWorkflow): string[] {
  return diagramEdges(drawn).map(
    ({ transition, opposite }) => transition.from + (opposite ? '⇄' : '→') + transition.to,
  );
}

describe('diagramEdges', () => {
  it('draws the built-in workflow with as few edges as possible and keeps its main line apart', () => {
    expect(drawnEdges(SDLC)).toEqual([
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

  it('puts the transition that leads on first, in either order of the definition', () => {
    expect(drawnEdges(workflow({ from: 'c', to: 'a' }, { from: 'a', to: 'c' }))).toEqual(['a⇄c']);
    expect(drawnEdges(workflow({ from: 'w', to: 'a' }, { from: 'a', to: 'w' }))).toEqual(['a⇄w']);
  });

  it('draws two edges for transitions of one kind with different requirements', () => {
    const forward: TransitionDefinition = { from: 'a', to: 'c', kind: 'forward', requires: ['reason', 'artifacts'] };
    const opposite: TransitionDefinition = { from: 'c', to: 'a', kind: 'forward' };
    expect(drawnEdges(workflow(forward, opposite))).toEqual(['a→c', 'c→a']);
    expect(drawnEdges(workflow(forward, { ...opposite, requires: ['artifacts', 'reason'] }))).toEqual(['a⇄c']);
    expect(drawnEdges(workflow(forward, { ...opposite, kind: 'regression' }))).toEqual(['a⇄c']);
  });

  it('accepts __proto__ as a phase id', () => {
    expect(drawnEdges(workflow({ from: 'a', to: '__proto__' }, { from: '__proto__', to: 'a' }))).toEqual([
      'a⇄__proto__',
    ]);
  });

  it('puts every transition on exactly one edge', () => {
    const drawn = diagramEdges(SDLC)
      .flatMap(({ transition, opposite }) => [transition, opposite])
      .filter((transition) => transition !== undefined);
    expect(new Set(drawn)).toEqual(new Set(SDLC.transitions));
    expect(drawn).toHaveLength(SDLC.transitions.length);
  });
});

const transitionOf = (kind: TransitionKind, ...requires: Requirement[]): DiagramTransition => ({
  from: 'a',
  to: 'b',
  kind,
  requires,
});

describe('requirementsLabel', () => {
  it.each([
    [transitionOf('forward'), undefined, ''],
    [transitionOf('forward', 'reason', 'artifacts'), undefined, 'reason + artifacts'],
    [transitionOf('block'), transitionOf('resume'), ''],
    [transitionOf('block', 'reason'), transitionOf('resume', 'reason'), 'reason'],
    [transitionOf('block', 'reason'), transitionOf('resume'), 'block: reason'],
    [transitionOf('forward'), transitionOf('regression', 'artifacts'), 'regression: artifacts'],
    [transitionOf('block', 'reason'), transitionOf('resume', 'artifacts'), 'block: reason, resume: artifacts'],
  ])('labels an edge of %j and %j with their requirements: %s', (transition, opposite, label) => {
    expect(requirementsLabel({ transition, opposite })).toBe(label);
  });
});
