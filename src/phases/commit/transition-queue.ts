/** An item that concerns one ticket, as one project sees it. */
interface QueuedItem {
  /** Items of one lane keep their order. A caller of another project has a lane of its own: for it the ticket does not exist. */
  readonly lane: string;
  readonly bytes: number;
}

/** The bounds of a batch. */
export interface BatchBounds {
  readonly items: number;
  /** Bytes after which only light items are taken. A single item may exceed it. */
  readonly bytes: number;
  /** Bytes of a light item at most. */
  readonly light: number;
}

/**
 * A queue of items in their order of arrival. While a lane is in a batch, its later items are set aside, so that no lane is
 * in two batches and its items keep their order. Light items overtake heavy ones of other lanes that do not fit into a batch,
 * so that a large request of one caller does not delay the others.
 */
export class TransitionQueue<Item extends QueuedItem> {
  private readonly ready: Item[] = [];
  /** The lanes in batches, with the items set aside for each. */
  private readonly inBatches = new Map<string, Item[]>();
  private setAside = 0;

  /** The number of waiting items, those set aside included. */
  get length(): number {
    return this.ready.length + this.setAside;
  }

  /** True when a batch may be taken. The batch is empty when all items in front are set aside. */
  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  push(item: Item): void {
    this.ready.push(item);
  }

  /** Takes items from the front. Their lanes stay in the batch until `release`. */
  takeBatch({ items, bytes, light }: BatchBounds): Item[] {
    const batch: Item[] = [];
    const passed: Item[] = [];
    const passedLanes = new Set<string>();
    let left = bytes;
    while (batch.length < items) {
      const next = this.ready.shift();
      if (next === undefined) break;
      const aside = this.inBatches.get(next.lane);
      if (aside !== undefined) {
        aside.push(next);
        this.setAside++;
      } else if ((batch.length === 0 || next.bytes <= Math.max(left, light)) && !passedLanes.has(next.lane)) {
        batch.push(next);
        left -= next.bytes;
      } else {
        passed.push(next);
        passedLanes.add(next.lane);
      }
    }
    this.ready.unshift(...passed);
    for (const { lane } of batch) this.inBatches.set(lane, []);
    return batch;
  }

  /** Releases lanes. The items set aside for them return to the front, because they arrived before all others there. */
  release(lanes: Iterable<string>): void {
    for (const lane of lanes) {
      const aside = this.inBatches.get(lane);
      if (aside === undefined) continue;
      this.inBatches.delete(lane);
      this.setAside -= aside.length;
      if (aside.length > 0) this.ready.unshift(...aside);
    }
  }
}
