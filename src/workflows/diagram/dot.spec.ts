import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../../machine/workflow';
import { diagramEdges } from './diagram-edges';
import { leadsUp, phaseRanks, toDot } from './dot';

/** Returns the phases from top to bottom. */
function fromTop(definition: WorkflowDefinition): string[] {
  const workflow = completeWorkflow(definition);
  const ranks = phaseRanks(workflow, diagramEdges(workflow));
  return [...ranks].sort(([, one], [, other]) => one - other).map(([id]) => id);
}

describe('phaseRanks', () => {
  it('ranks a waiting phase in the middle of the phases that are connected with it', () => {
    expect(fromTop(SDLC)).toEqual([
      'BACKLOG',
      'REQUIREMENTS',
      'DESIGN',
      'BLOCKED',
      'IMPLEMENTATION',
      'TESTING',
      'DEPLOYMENT',
      'DONE',
    ]);
  });

  it('ranks todo phases first and done phases last, in any order of the definition', () => {
    const phases = [
      { id: 'done', category: 'done' },
      { id: 'doing', category: 'active' },
      { id: 'idle', category: 'waiting' },
      { id: 'later', category: 'todo' },
      { id: 'testing', category: 'active' },
      { id: 'now', category: 'todo' },
    ] as const;
    const workflow = { key: 'k', title: 'T', initial: ['later'], phases, transitions: [] };
    expect(fromTop(workflow)).toEqual(['later', 'now', 'doing', 'idle', 'testing', 'done']);
  });

  it('ranks a waiting phase that is connected only with waiting phases like any other phase', () => {
    const phases = [
      { id: 'far', category: 'waiting' },
      { id: 'near', category: 'waiting' },
      { id: 'doing', category: 'active' },
    ] as const;
    const transitions = [
      { from: 'doing', to: 'near' },
      { from: 'near', to: 'far' },
    ];
    expect(fromTop({ key: 'k', title: 'T', initial: ['doing'], phases, transitions })).toEqual([
      'far',
      'doing',
      'near',
    ]);
  });
});

const WORKFLOW = completeWorkflow({
  key: 'k',
  title: 'T',
  initial: ['"];}'],
  phases: [
    { id: '"];}', category: 'todo' },
    { id: '<b>\\N&lt;\n\u0000', category: 'active' },
    { id: 'w', category: 'waiting' },
  ],
  transitions: [
    { from: '"];}', to: '<b>\\N&lt;\n\u0000' },
    { from: '<b>\\N&lt;\n\u0000', to: '"];}', requires: ['reason'] },
    { from: '<b>\\N&lt;\n\u0000', to: 'w' },
    { from: 'w', to: '<b>\\N&lt;\n\u0000' },
  ],
});

describe('toDot', () => {
  it('writes phases and edges, with every title escaped', () => {
    const room = '<<table border="0" cellpadding="0" cellspacing="0"><tr><td fixedsize="true" width="43" height="14">';
    expect(toDot(WORKFLOW, diagramEdges(WORKFLOW)).split('\n').slice(4)).toEqual([
      'p0 [id=p0, class=todo, shape=box, style=filled, width=0.8056, height=0.4722, label="▸ \\"];}", peripheries=1]',
      'p1 [id=p1, class=active, shape=box, style="filled,rounded", width=1.3889, height=0.4722, label="<b>\\\\N&amp;lt; \uFFFD", peripheries=1]',
      'p2 [id=p2, class=waiting, shape=hexagon, style=filled, width=1.0556, height=0.4722, label="w", peripheries=1]',
      'p0 -> p1 [id=e0, class=forward, dir=forward, weight=10]',
      `p0 -> p1 [id=e1, class=regression, dir=back, weight=1, label=${room}reason</td></tr></table>>]`,
      'p1 -> p2 [id=e2, class=block, dir=both, color="black;0.5:black", weight=1]',
      '}',
    ]);
  });

  it('never writes an edge that leads up', () => {
    const edges = diagramEdges(SDLC);
    const ranks = phaseRanks(SDLC, edges);
    const phases = [...ranks.keys()];
    const written = [...toDot(SDLC, edges).matchAll(/p(\d+) -> p(\d+) \[id=e(\d+),/g)];
    expect(written).toHaveLength(edges.length);
    for (const [, tail, head, index] of written) {
      const edge = edges[Number(index)]!;
      const { from, to } = edge.transition;
      const ends = [phases[Number(tail)]!, phases[Number(head)]!];
      expect(ends).toEqual(leadsUp(edge, ranks) ? [to, from] : [from, to]);
      expect(ranks.get(ends[0]!)).toBeLessThan(ranks.get(ends[1]!)!);
    }
    const up = edges.filter((edge) => leadsUp(edge, ranks)).map(({ transition }) => transition.from);
    expect(up).toEqual(['IMPLEMENTATION', 'TESTING', 'TESTING', 'DEPLOYMENT']);
  });

  it('labels edges with requirements only up to 60 edges', () => {
    const phases = Array.from({ length: 62 }, (_, index) => ({ id: `${index}`, category: 'active' as const }));
    const dotFor = (count: number): string => {
      const transitions = Array.from({ length: count }, (_, index) => ({
        from: `${index}`,
        to: `${index + 1}`,
        requires: ['reason'] as const,
      }));
      const workflow = completeWorkflow({ key: 'k', title: 'T', initial: ['0'], phases, transitions });
      return toDot(workflow, diagramEdges(workflow));
    };
    expect(dotFor(60).match(/<table/g)).toHaveLength(60);
    expect(dotFor(61)).not.toContain('<table');
  });
});
