import { SDLC, SDLC_GRAPH } from '../machine/sdlc';
import { Rulebook, type StoredGraph } from './rulebook';

const STORED: StoredGraph = { id: 1, workflow: 'sdlc', version: 1, edges: SDLC.transitions };

describe('Rulebook', () => {
  it('judges by the rules of the workflow', () => {
    const rulebook = new Rulebook([STORED]);
    expect(rulebook.ruleOf(1)).toEqual({ graph: SDLC_GRAPH, complete: true });
    expect(rulebook.findings).toEqual([]);
    expect(rulebook.incomplete).toEqual([]);
  });

  it('goes by name and version, not by number', () => {
    expect(new Rulebook([{ ...STORED, id: 7 }]).ruleOf(7)?.graph).toBe(SDLC_GRAPH);
    expect(new Rulebook([{ ...STORED, version: 2 }]).ruleOf(1)?.complete).toBe(false);
  });

  it('finds edges that should not be there, and edges that are gone', () => {
    const edges = [...SDLC.transitions.slice(1), { from: 'BACKLOG', to: 'DONE' }];
    expect(new Rulebook([{ ...STORED, edges }]).findings).toEqual([
      {
        code: 'graph_differs',
        ticket_id: null,
        detail: 'Graph 1 (sdlc 1) should not have the edge BACKLOG → DONE.',
      },
      { code: 'graph_differs', ticket_id: null, detail: 'Graph 1 (sdlc 1) lacks the edge BACKLOG → REQUIREMENTS.' },
    ]);
  });

  it('knows of a workflow that it does not know the edges, and says so', () => {
    const rulebook = new Rulebook([{ id: 2, workflow: 'chores', version: 3, edges: [{ from: 'OPEN', to: 'CLOSED' }] }]);
    const { graph, complete } = rulebook.ruleOf(2)!;
    expect(complete).toBe(false);
    expect([...graph.phases.get('OPEN')!.edges.keys()]).toEqual(['CLOSED']);
    expect(rulebook.incomplete).toEqual(['chores 3']);
    expect(rulebook.findings).toEqual([]);
  });

  it('has no rule for a graph that does not exist', () => {
    expect(new Rulebook([STORED]).ruleOf(2)).toBeUndefined();
  });
});
