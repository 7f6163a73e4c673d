import { SDLC } from '../../machine/sdlc';
import { completeWorkflow } from '../../machine/workflow';
import { boxesOf } from './boxes';
import { dotOf } from './dot';
import { heightsOf } from './heights';
import { readLayout } from './layout';
import { linesOf } from './lines';

const WORKFLOW = completeWorkflow({
  key: 'k',
  title: 'T',
  initial: ['"];}'],
  phases: [
    { id: '"];}', category: 'todo' },
    { id: '<b>', category: 'active' },
    { id: 'w', category: 'waiting' },
  ],
  transitions: [
    { from: '"];}', to: '<b>' },
    { from: '<b>', to: '"];}', requires: ['reason'] },
    { from: '<b>', to: 'w' },
    { from: 'w', to: '<b>' },
  ],
});

describe('dotOf', () => {
  it('asks for boxes and lines, and repeats nothing that people wrote', () => {
    const lines = linesOf(WORKFLOW);
    const room = '<<table border="0" cellpadding="0" cellspacing="0"><tr><td fixedsize="true" width="43" height="14">';
    expect(dotOf(boxesOf(WORKFLOW), lines, heightsOf(WORKFLOW, lines)).split('\n').slice(4)).toEqual([
      'n0 [width=1.1944, height=0.4722];',
      'n1 [width=1.1944, height=0.4722];',
      'n2 [width=1.1944, height=0.4722];',
      'n0 -> n1 [id=down0, dir=forward, weight=10];',
      `n0 -> n1 [id=up1, dir=back, weight=1, label=${room}</td></tr></table>>];`,
      'n1 -> n2 [id=down2, dir=both, weight=1];',
      '}',
    ]);
  });

  it('never leads up', () => {
    const lines = linesOf(SDLC);
    const heights = heightsOf(SDLC, lines);
    const order = [...heights.keys()];
    const dot = dotOf(boxesOf(SDLC), lines, heights);
    const edges = [...dot.matchAll(/n(\d+) -> n(\d+) \[id=(up|down)(\d+),/g)];
    expect(edges).toHaveLength(lines.length);
    for (const [, tail, head, way, index] of edges) {
      const { from, to } = lines[Number(index)]!.there;
      const ends = [order[Number(tail)]!, order[Number(head)]!];
      expect(ends).toEqual(way === 'up' ? [to, from] : [from, to]);
      expect(heights.get(ends[0]!)).toBeLessThan(heights.get(ends[1]!)!);
    }
    expect(
      edges.filter(([, , , way]) => way === 'up').map(([, , , , index]) => lines[Number(index)]!.there.from),
    ).toEqual(['IMPLEMENTATION', 'TESTING', 'TESTING', 'DEPLOYMENT']);
  });

  it('keeps no room for notes where they would be too many', () => {
    const phases = Array.from({ length: 62 }, (_, place) => ({ id: `${place}`, category: 'active' as const }));
    const dotFor = (moves: number): string => {
      const transitions = Array.from({ length: moves }, (_, place) => ({
        from: `${place}`,
        to: `${place + 1}`,
        requires: ['reason'] as const,
      }));
      const workflow = completeWorkflow({ key: 'k', title: 'T', initial: ['0'], phases, transitions });
      return dotOf(boxesOf(workflow), linesOf(workflow), heightsOf(workflow, linesOf(workflow)));
    };
    expect(dotFor(60).match(/<table/g)).toHaveLength(60);
    expect(dotFor(61)).not.toContain('<table');
  });
});

describe('readLayout', () => {
  // As Graphviz answers, in points from the bottom left. The last line goes both ways.
  const answer = JSON.stringify({
    bb: '0,0,100,200',
    objects: [
      { _gvid: 0, name: 'n1', pos: '50,20' },
      { _gvid: 1, name: 'n0', pos: '50,180' },
    ],
    edges: [
      { _gvid: 0, id: 'up1', pos: 's,10,160 10,150 10,140 10,130 10,40', lp: '30,100' },
      { _gvid: 1, id: 'down0', pos: 'e,50,40 50,160 50,150 50,140 50,50' },
      { _gvid: 2, id: 'down2', pos: 's,90,160 e,90,40 90,150 90,140 90,60 90,50' },
    ],
  });

  it('counts pixels from the top, in the order in which it was asked', () => {
    expect(readLayout(answer)).toEqual({
      width: 100,
      height: 200,
      boxes: [
        [50, 20],
        [50, 180],
      ],
      lines: [
        { curve: [[50, 40], [50, 50], [50, 60], [50, 150]], tip: [50, 160] }, // prettier-ignore
        { curve: [[10, 160], [10, 70], [10, 60], [10, 50]], tip: [10, 40], note: [30, 100] }, // prettier-ignore
        { curve: [[90, 50], [90, 60], [90, 140], [90, 150]], tip: [90, 160], backTip: [90, 40] }, // prettier-ignore
      ],
    });
  });
});
