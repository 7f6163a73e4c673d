import { createHash } from 'node:crypto';
import type { Layout } from './layout';

const MOST_KEPT = 64;

/**
 * Keeps layouts by what was asked for, the least recently used one goes first. Versions of a workflow never change, so a
 * layout never grows stale; two graphs that differ only in words share one.
 */
export class LayoutCache {
  private readonly kept = new Map<string, Promise<Layout>>();

  constructor(private readonly mostKept = MOST_KEPT) {}

  /** The layout of a graph. Who asks while it is being made waits for the same one; a failure is not kept. */
  get(dot: string, make: () => Promise<Layout>): Promise<Layout> {
    const key = createHash('sha256').update(dot).digest('base64');
    const known = this.kept.get(key);
    this.kept.delete(key);
    const layout = known ?? make();
    this.kept.set(key, layout);
    if (known === undefined) {
      layout.catch(() => {
        if (this.kept.get(key) === layout) this.kept.delete(key);
      });
      this.dropOldest();
    }
    return layout;
  }

  private dropOldest(): void {
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.mostKept && oldest !== undefined) this.kept.delete(oldest);
  }
}
