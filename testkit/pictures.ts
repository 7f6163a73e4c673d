import type { CompleteWorkflow } from '../src/machine/workflow';
import { boxesOf } from '../src/workflows/diagram/boxes';
import type { Point } from '../src/workflows/diagram/curve';
import type { Layout, LineLayout } from '../src/workflows/diagram/layout';
import { drawLegend, legendEntries, tableLegendEntries } from '../src/workflows/diagram/legend';
import { linesOf } from '../src/workflows/diagram/lines';
import { drawGraph } from '../src/workflows/diagram/picture-graph';
import { drawPage, legendWidth } from '../src/workflows/diagram/picture-page';
import { drawTable } from '../src/workflows/diagram/picture-table';
import { Footprints, walkOf, type Walk } from '../src/workflows/diagram/walk';

/** Of a ticket of the built-in workflow, with a move of an earlier version of it. */
export const WALK = walkOf('TESTING', 'TESTING', [
  { from: 'TESTING', to: 'IMPLEMENTATION', count: 2 },
  { from: 'IMPLEMENTATION', to: 'TESTING', count: 2 },
  { from: 'REVIEW', to: 'TESTING', count: 1 },
]);

/** Boxes below one another and straight lines: a layout that needs no library. */
function stackedLayout(workflow: CompleteWorkflow): Layout {
  const place = (id: string): number => workflow.phases.findIndex((phase) => phase.id === id) * 100;
  const lines = linesOf(workflow).map(({ there, back }): LineLayout => {
    const [from, to]: Point[] = [
      [0, place(there.from)],
      [0, place(there.to)],
    ];
    return { curve: [from!, from!, to!, to!], tip: to!, backTip: back && from };
  });
  return {
    width: 200,
    height: workflow.phases.length * 100,
    boxes: workflow.phases.map(({ id }) => [0, place(id)]),
    lines,
  };
}

/** A workflow drawn as a graph. */
export function graphOf(workflow: CompleteWorkflow, walk?: Walk): string {
  const layout = stackedLayout(workflow);
  const footprints = walk && new Footprints(walk);
  const svg = drawGraph(boxesOf(workflow), linesOf(workflow), layout, footprints);
  const drawn = { svg, width: layout.width, height: layout.height };
  return drawPage(workflow, drawn, drawLegend(legendEntries(workflow, true, footprints), legendWidth(drawn)));
}

/** A workflow drawn as a table. */
export function tableOf(workflow: CompleteWorkflow, walk?: Walk): string {
  const footprints = walk && new Footprints(walk);
  const drawn = drawTable(workflow, footprints);
  return drawPage(workflow, drawn, drawLegend(tableLegendEntries(workflow, footprints), legendWidth(drawn)));
}
