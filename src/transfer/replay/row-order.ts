import type { BadRow, ReplayEntry, ReplayRow } from './replay-log';

/** A gap in the log: `missing` rows are absent before the row on `line`. */
export interface Gap {
  readonly kind: 'gap';
  readonly line: number;
  readonly missing: number;
  readonly problem: string;
}

export type OrderedEntry = ReplayRow | BadRow | Gap;

type Placed = ReplayEntry & { readonly ticket: string; readonly seq: number };

/**
 * Sorts the rows of each ticket by `seq`.
 *
 * A row that arrives early is held until the rows before it arrive. At most `maxHeld` rows are held; beyond that, the
 * ticket that has waited longest is released and its gap reported. The result depends only on the order of the input.
 */
export class RowOrder {
  private readonly nextSeq = new Map<string, number>();
  private readonly held = new Map<string, Placed[]>();
  private heldCount = 0;

  constructor(private readonly maxHeld = 1000) {}

  /** Accepts the next entry of the log and returns the entries that are now due. */
  accept(entry: ReplayEntry): OrderedEntry[] {
    if (!isPlaced(entry)) return [entry];
    const next = this.nextSeq.get(entry.ticket) ?? 1;
    if (entry.seq === next) return this.release(entry);
    if (entry.seq < next || this.isHeld(entry)) return [repeated(entry)];
    this.hold(entry);
    return this.heldCount > this.maxHeld ? this.releaseOldest() : [];
  }

  /** Returns all held entries, with the gaps before them. To be called at the end of the log. */
  *flush(): Generator<OrderedEntry> {
    while (this.held.size > 0) yield* this.releaseOldest();
  }

  private release(entry: Placed): OrderedEntry[] {
    const waiting = this.held.get(entry.ticket) ?? [];
    const gap = waiting.findIndex(({ seq }, index) => seq !== entry.seq + 1 + index);
    const released = waiting.splice(0, gap === -1 ? waiting.length : gap);
    this.heldCount -= released.length;
    if (waiting.length === 0) this.held.delete(entry.ticket);
    this.nextSeq.set(entry.ticket, entry.seq + 1 + released.length);
    return [entry, ...released];
  }

  private isHeld(entry: Placed): boolean {
    return this.held.get(entry.ticket)?.some(({ seq }) => seq === entry.seq) ?? false;
  }

  private hold(entry: Placed): void {
    const waiting = this.held.get(entry.ticket) ?? [];
    const place = waiting.findLastIndex(({ seq }) => seq < entry.seq) + 1;
    waiting.splice(place, 0, entry);
    this.held.set(entry.ticket, waiting);
    this.heldCount++;
  }

  private releaseOldest(): OrderedEntry[] {
    for (const [ticket, waiting] of this.held) {
      let expected = this.nextSeq.get(ticket) ?? 1;
      const released: OrderedEntry[] = [];
      for (const entry of waiting) {
        if (entry.seq !== expected) released.push(gapBefore(entry, expected));
        released.push(entry);
        expected = entry.seq + 1;
      }
      this.held.delete(ticket);
      this.heldCount -= waiting.length;
      this.nextSeq.set(ticket, expected);
      return released;
    }
    return [];
  }
}

function isPlaced(entry: ReplayEntry): entry is Placed {
  return entry.ticket !== undefined && entry.seq !== undefined;
}

function repeated(entry: Placed): BadRow {
  if (entry.kind === 'bad') return entry;
  return {
    kind: 'bad',
    line: entry.line,
    problem: `${entry.ticket}: seq ${entry.seq} is a duplicate, or arrived too late`,
  };
}

function gapBefore(entry: Placed, expected: number): Gap {
  const last = entry.seq - 1;
  const which = last === expected ? `seq ${expected} is missing` : `seq ${expected} to ${last} are missing`;
  return { kind: 'gap', line: entry.line, missing: entry.seq - expected, problem: `${entry.ticket}: ${which}` };
}
