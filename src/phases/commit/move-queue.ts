/** Anything that is about one ticket. */
interface OfTicket {
  readonly ticketId: string;
}

/**
 * What waits to be done to tickets, in the order in which it came. What concerns a ticket that is under way steps aside
 * until that ends, so that a ticket is never in two hands, and everything about it is done in its order.
 */
export class MoveQueue<T extends OfTicket> {
  private readonly ready: T[] = [];
  /** Tickets under way, and what stepped aside for them. */
  private readonly underWay = new Map<string, T[]>();
  private aside = 0;

  /** How much waits, at the front or aside. */
  get length(): number {
    return this.ready.length + this.aside;
  }

  /** Whether a batch could be taken now. May be true for nothing but what then steps aside. */
  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  push(item: T): void {
    this.ready.push(item);
  }

  /** Takes up to `most` from the front. Their tickets are under way until `release` is called with them. */
  takeBatch(most: number): T[] {
    const batch: T[] = [];
    while (batch.length < most) {
      const next = this.ready.shift();
      if (next === undefined) break;
      const behind = this.underWay.get(next.ticketId);
      if (behind === undefined) batch.push(next);
      else this.stepAside(behind, next);
    }
    for (const { ticketId } of batch) this.underWay.set(ticketId, []);
    return batch;
  }

  /** These tickets are free again. What stepped aside goes back to the front: it came before everything that is there. */
  release(ticketIds: Iterable<string>): void {
    for (const id of ticketIds) {
      const behind = this.underWay.get(id);
      if (behind === undefined) continue;
      this.underWay.delete(id);
      this.aside -= behind.length;
      if (behind.length > 0) this.ready.unshift(...behind);
    }
  }

  private stepAside(behind: T[], item: T): void {
    behind.push(item);
    this.aside++;
  }
}
