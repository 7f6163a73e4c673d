import { createHash } from 'node:crypto';
import { Injectable, Optional, type OnModuleDestroy } from '@nestjs/common';
import type { CompleteWorkflow } from '../../machine/workflow';
import { DomainError } from '../../problems/domain-error';
import { diagramEdges } from './diagram-edges';
import type { DiagramFormat } from './diagram.dto';
import { toDot } from './dot';
import { GraphvizWorker, type GraphvizLimits } from './graphviz-worker';
import { toMermaid } from './mermaid';
import type { PathTaken } from './path-taken';
import { completePicture } from './picture';

/** More edges would hide each other, and the layout of 300 takes Graphviz up to a minute; this many take a second. */
const MAX_SVG_EDGES = 120;

/** Draws workflows, with or without the path that a ticket took. */
@Injectable()
export class DiagramService implements OnModuleDestroy {
  private readonly graphviz: GraphvizWorker;
  private readonly drawn = new SvgCache();

  /** @param limits other limits than the application's */
  constructor(@Optional() limits?: Partial<GraphvizLimits>) {
    this.graphviz = new GraphvizWorker(limits);
  }

  /**
   * Returns a workflow in a format.
   *
   * @throws DomainError as `toSvg`
   */
  async draw(workflow: CompleteWorkflow, format: DiagramFormat, path?: PathTaken): Promise<string> {
    return format === 'mermaid' ? toMermaid(workflow, path) : this.toSvg(workflow, path);
  }

  /**
   * Returns a workflow as SVG, a document that loads nothing and runs nothing.
   *
   * @throws DomainError `diagram_too_large`, or `busy` when too many diagrams wait or this one takes too long
   */
  async toSvg(workflow: CompleteWorkflow, path?: PathTaken): Promise<string> {
    const edges = diagramEdges(workflow);
    if (edges.length > MAX_SVG_EDGES) throw diagramTooLarge(edges.length);
    const dot = toDot(workflow, edges);
    const svg = await this.drawn.get(dot, () => this.graphviz.toSvg(dot));
    return completePicture(svg, workflow, edges, path);
  }

  async onModuleDestroy(): Promise<void> {
    await this.graphviz.close();
  }
}

/**
 * Caches what Graphviz drew, by the digest of its input; the least recently used entry goes first. Versions of a workflow
 * never change, so an entry never expires, and all tickets of a version share it.
 */
export class SvgCache {
  private readonly entries = new Map<string, Promise<string>>();

  constructor(private readonly maxEntries = 64) {}

  /** Returns the SVG for an input, and draws it if it is missing. Concurrent calls share one drawing; failures are not kept. */
  get(dot: string, draw: () => Promise<string>): Promise<string> {
    const key = createHash('sha256').update(dot).digest('base64');
    const known = this.entries.get(key);
    this.entries.delete(key);
    const svg = known ?? draw();
    this.entries.set(key, svg);
    if (known === undefined) {
      svg.catch(() => {
        if (this.entries.get(key) === svg) this.entries.delete(key);
      });
      this.dropOldest();
    }
    return svg;
  }

  private dropOldest(): void {
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.maxEntries && oldest !== undefined) this.entries.delete(oldest);
  }
}

function diagramTooLarge(edges: number): DomainError {
  const detail = `The diagram has ${edges} edges; an SVG diagram has at most ${MAX_SVG_EDGES}. Use \`format=mermaid\`.`;
  return new DomainError('diagram_too_large', detail);
}
