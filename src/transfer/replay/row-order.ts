import type { BadRow, ReplayEntry, ReplayRow } from './replay-log';

/** Rows that never came: the row on `line` follows `missing` others that are not in the log. */
export interface Gap {
  readonly kind: 'gap';
  readonly line: number;
  readonly missing: number;
  readonly problem: string;
}

export type OrderedEntry = ReplayRow | BadRow | Gap;

type Placed = ReplayEntry & { readonly ticket: string; readonly seq: number };

/**
 * Brings the rows of each ticket into the order of their `seq`, whatever order they come in.
 *
 * A row that comes too early is held until the rows before it are there. At most `maxHeld` rows are held: beyond that
 * the ticket that has waited longest waits no more, its gap is reported and its rows go on. Depends on the order of
 * the input alone, so the same log always gives the same answer.
 */
export class RowOrder {
  private readonly nextSeq = new Map<string, number>();
  private readonly held = new Map<string, Placed[]>();
  private heldCount = 0;

  constructor(private readonly maxHeld = 1000) {}

  /** Takes the next entry of the log, and gives those whose turn it is now. */
  accept(entry: ReplayEntry): OrderedEntry[] {
    if (!isPlaced(entry)) return [entry];
    const next = this.nextSeq.get(entry.ticket) ?? 1;
    if (entry.seq === next) return this.release(entry);
    if (entry.seq < next || this.isHeld(entry)) return [repeated(entry)];
    this.hold(entry);
    return this.heldCount > this.maxHeld ? this.releaseOldest() : [];
  }

  /** At the end of the log: everything that is still held, with the gaps before it. */
  *flush(): Generator<OrderedEntry> {
    while (this.held.size > 0) yield* this.releaseOldest();
  }

  private release(entry: Placed): OrderedEntry[] {
    const waiting = this.held.get(entry.ticket);
    const released: Placed[] = [entry];
    while (waiting?.[0]?.seq === released.at(-1)!.seq + 1) released.push(waiting.shift()!);
    this.heldCount -= released.length - 1;
    if (waiting?.length === 0) this.held.delete(entry.ticket);
    this.nextSeq.set(entry.ticket, released.at(-1)!.seq + 1);
    return released;
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
    const [ticket, waiting] = this.held.entries().next().value!;
    const released = waiting.flatMap((entry, index) => {
      const expected = index === 0 ? (this.nextSeq.get(ticket) ?? 1) : waiting[index - 1]!.seq + 1;
      return entry.seq === expected ? [entry] : [gapBefore(entry, expected), entry];
    });
    this.held.delete(ticket);
    this.heldCount -= waiting.length;
    this.nextSeq.set(ticket, waiting.at(-1)!.seq + 1);
    return released;
  }
}

function isPlaced(entry: ReplayEntry): entry is Placed {
  return entry.ticket !== undefined && entry.seq !== undefined;
}

function repeated(entry: Placed): BadRow {
  if (entry.kind === 'bad') return entry;
  return { kind: 'bad', line: entry.line, problem: `${entry.ticket}: seq ${entry.seq} came before, or comes too late` };
}

function gapBefore(entry: Placed, expected: number): Gap {
  const last = entry.seq - 1;
  const which = last === expected ? `seq ${expected} is missing` : `seq ${expected} to ${last} are missing`;
  return { kind: 'gap', line: entry.line, missing: entry.seq - expected, problem: `${entry.ticket}: ${which}` };
}
