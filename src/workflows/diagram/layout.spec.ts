import { SDLC } from '../../machine/sdlc';
import { completeWorkflow } from '../../machine/workflow';
import { boxesOf } from './boxes';
import { dotOf, leadsUp } from './dot';
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
      'n0 -> n1 [id=e0, dir=forward, weight=10];',
      `n0 -> n1 [id=e1, dir=back, weight=1, label=${room}</td></tr></table>>];`,
      'n1 -> n2 [id=e2, dir=both, weight=1];',
      '}',
    ]);
  });

  it('never leads up', () => {
    const lines = linesOf(SDLC);
    const heights = heightsOf(SDLC, lines);
    const order = [...heights.keys()];
    const dot = dotOf(boxesOf(SDLC), lines, heights);
    const edges = [...dot.matchAll(/n(\d+) -> n(\d+) /g)].map(([, tail, head]) => [
      order[Number(tail)]!,
      order[Number(head)]!,
    ]);
    expect(edges).toHaveLength(lines.length);
    for (const [tail, head] of edges) expect(heights.get(tail!)).toBeLessThan(heights.get(head!)!);
    expect(lines.filter((line) => leadsUp(line, heights)).map(({ there }) => `${there.from} to ${there.to}`)).toEqual([
      'IMPLEMENTATION to BLOCKED',
      'TESTING to IMPLEMENTATION',
      'TESTING to BLOCKED',
      'DEPLOYMENT to BLOCKED',
    ]);
  });
});

describe('readLayout', () => {
  // As Graphviz answers, in points from the bottom left; e1 was handed over the wrong way round, e2 goes both ways.
  const answer = JSON.stringify({
    bb: '0,0,100,200',
    objects: [
      { _gvid: 0, name: 'n1', pos: '50,20' },
      { _gvid: 1, name: 'n0', pos: '50,180' },
    ],
    edges: [
      { _gvid: 0, id: 'e1', pos: 's,10,160 10,150 10,140 10,130 10,40', lp: '30,100' },
      { _gvid: 1, id: 'e0', pos: 'e,50,40 50,160 50,150 50,140 50,50' },
      { _gvid: 2, id: 'e2', pos: 's,90,160 e,90,40 90,150 90,140 90,60 90,50' },
    ],
  });

  it('counts pixels from the top, in the order in which it was asked', () => {
    expect(readLayout(answer, [false, true, false])).toEqual({
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
