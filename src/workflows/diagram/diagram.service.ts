import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { CompleteWorkflow } from '../../machine/workflow';
import { boxesOf } from './boxes';
import type { DiagramFormat } from './diagram.dto';
import { dotOf } from './dot';
import { heightsOf } from './heights';
import { readLayout } from './layout';
import { LayoutCache } from './layout-cache';
import { LayoutWorker } from './layout-worker';
import { drawLegend, legendEntries, tableLegendEntries } from './legend';
import { linesOf, type Line } from './lines';
import { mermaidOf } from './mermaid';
import { hasNotes } from './note';
import { drawGraph } from './picture-graph';
import { drawPage, legendWidth, type Drawn } from './picture-page';
import { drawTable } from './picture-table';
import { Footprints, type Walk } from './walk';

/**
 * Beyond these a workflow is drawn as a table. Its lines would hide one another, and finding a way for 300 of them takes
 * Graphviz up to a minute; up to here it is a second at most.
 */
const MOST_BOXES = 100;
const MOST_LINES = 120;

/** Draws workflows. */
@Injectable()
export class DiagramService implements OnModuleDestroy {
  private readonly worker = new LayoutWorker();
  private readonly layouts = new LayoutCache();

  /**
   * A workflow in one of the formats.
   *
   * @throws DomainError as `svgOf`
   */
  async draw(workflow: CompleteWorkflow, format: DiagramFormat, walk?: Walk): Promise<string> {
    return format === 'mermaid' ? mermaidOf(workflow, walk) : this.svgOf(workflow, walk);
  }

  /**
   * A workflow as SVG, a document that needs nothing else and in which nothing runs.
   * @param walk what a ticket did, to be marked
   * @throws DomainError busy when too many diagrams wait to be drawn, or when this one takes too long
   */
  async svgOf(workflow: CompleteWorkflow, walk?: Walk): Promise<string> {
    const footprints = walk && new Footprints(walk);
    const lines = distinctLines(workflow);
    const drawn = lines ? await this.drawGraph(workflow, lines, footprints) : drawTable(workflow, footprints);
    const entries = lines
      ? legendEntries(workflow, hasNotes(lines), footprints)
      : tableLegendEntries(workflow, footprints);
    return drawPage(workflow, drawn, drawLegend(entries, legendWidth(drawn)));
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }

  private async drawGraph(workflow: CompleteWorkflow, lines: readonly Line[], footprints?: Footprints): Promise<Drawn> {
    const boxes = boxesOf(workflow);
    const dot = dotOf(boxes, lines, heightsOf(workflow, lines));
    const layout = await this.layouts.get(dot, async () => readLayout(await this.worker.layOut(dot)));
    return { svg: drawGraph(boxes, lines, layout, footprints), width: layout.width, height: layout.height };
  }
}

/** The lines of a workflow; none, where they would be too many to be told apart. */
function distinctLines(workflow: CompleteWorkflow): Line[] | undefined {
  // A line is two moves at most: the largest workflows are known by their size.
  if (workflow.phases.length > MOST_BOXES || workflow.transitions.length > 2 * MOST_LINES) return undefined;
  const lines = linesOf(workflow);
  return lines.length > MOST_LINES ? undefined : lines;
}
