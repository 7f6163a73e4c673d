import { REPAIRS, STORED_SDLC, storedByHand, storedPlan, storedVersion } from '../../test/verify/graphs';
import { SDLC } from '../machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../machine/workflow';
import { Rulebook, type Rule } from './rulebook';

/** What a rule says, without its circles. */
function told(rule: Rule | undefined): object {
  const { initial, resume, phases } = rule!.graph;
  const edges = [...phases.values()].flatMap((phase) =>
    Array.from(phase.edges.values(), ({ to, kind, requires }) => ({ from: phase.id, to: to.id, kind, requires })),
  );
  const categories = Array.from(phases.values(), ({ id, category }) => [id, category]);
  return { ...rule, graph: { initial: [...initial], resume, categories, edges: edges.map(textOf).sort() } };
}

function due(workflow: WorkflowDefinition, version: number): object {
  const { initial, resume, phases, transitions } = completeWorkflow(workflow);
  const categories = phases.map(({ id, category }) => [id, category]);
  return { graph: { initial, resume, categories, edges: transitions.map(textOf).sort() }, version, complete: true };
}

function textOf(edge: object): string {
  return JSON.stringify(edge);
}

describe('Rulebook', () => {
  it('judges by what is stored', () => {
    const rulebook = new Rulebook([STORED_SDLC, storedVersion(2, REPAIRS, 3)]);
    expect(told(rulebook.ruleOf(2))).toEqual(due(REPAIRS, 3));
    expect(rulebook.unruled).toEqual([]);
  });

  it('judges by the program what is built in, whatever is stored', () => {
    expect(told(new Rulebook([STORED_SDLC]).ruleOf(1))).toEqual(due(SDLC, 1));
    const forged = storedVersion(7, { ...REPAIRS, key: 'sdlc' });
    expect(told(new Rulebook([forged]).ruleOf(7))).toEqual(due(SDLC, 1));
    expect(told(new Rulebook([{ ...forged, version: 2 }]).ruleOf(7))).toEqual(due(REPAIRS, 2));
  });

  it.each([
    ['none', null],
    ['a text', 'repairs'],
    ['without phases', { ...REPAIRS, phases: undefined }],
    ['with a phase that is none', { ...REPAIRS, phases: [null] }],
    ['with a category that nobody knows', { ...REPAIRS, phases: [{ id: 'a', title: 'a', category: 'odd' }] }],
    ['with an edge to nothing', { ...REPAIRS, transitions: [{ from: 'a', to: null, kind: 'block', requires: [] }] }],
  ])('knows the edges alone where the definition is %s, and says so', (_, definition) => {
    const byHand = storedByHand(2, 'chores', [{ from: 'OPEN', to: 'CLOSED' }], 3);
    const rulebook = new Rulebook([{ ...byHand, definition }]);
    const { graph, complete } = rulebook.ruleOf(2)!;
    expect(complete).toBe(false);
    expect([...graph.phases.get('OPEN')!.edges.keys()]).toEqual(['CLOSED']);
    expect(rulebook.unruled).toEqual(['chores 3']);
  });

  it('has no rule for a plan, nor for a graph that does not exist', () => {
    const rulebook = new Rulebook([STORED_SDLC, storedPlan(2, [1, 3], {})]);
    expect([rulebook.ruleOf(2), rulebook.ruleOf(3)]).toEqual([undefined, undefined]);
    expect(rulebook.plans.planOf(2)).toMatchObject({ from: 1, to: 3 });
  });
});
