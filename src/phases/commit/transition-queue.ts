/** An item that concerns one ticket. */
interface TicketItem {
  readonly ticketId: string;
}

/**
 * A queue of items in their order of arrival. While a ticket is in a batch, its later items are set aside, so that no
 * ticket is in two batches and its items keep their order.
 */
export class TransitionQueue<Item extends TicketItem> {
  private readonly ready: Item[] = [];
  /** The tickets in batches, with the items set aside for each. */
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

  /** Takes up to `size` items from the front. Their tickets stay in the batch until `release`. */
  takeBatch(size: number): Item[] {
    const batch: Item[] = [];
    while (batch.length < size) {
      const next = this.ready.shift();
      if (next === undefined) break;
      const aside = this.inBatches.get(next.ticketId);
      if (aside === undefined) {
        batch.push(next);
        continue;
      }
      aside.push(next);
      this.setAside++;
    }
    for (const { ticketId } of batch) this.inBatches.set(ticketId, []);
    return batch;
  }

  /** Releases tickets. The items set aside for them return to the front, because they arrived before all others there. */
  release(ticketIds: Iterable<string>): void {
    for (const id of ticketIds) {
      const aside = this.inBatches.get(id);
      if (aside === undefined) continue;
      this.inBatches.delete(id);
      this.setAside -= aside.length;
      if (aside.length > 0) this.ready.unshift(...aside);
    }
  }
}
