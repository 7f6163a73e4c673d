import type { Caller } from './caller';

interface Entry {
  readonly caller: Caller;
  readonly until: number;
}

/**
 * Callers whose keys were looked up a moment ago, by the hash of their secret. A look-up by hash tells nothing of the
 * secret by the time it takes. Only keys that were found valid come here, so made-up ones push nobody out.
 */
export class KnownCallers {
  private readonly entries = new Map<string, Entry>();

  /**
   * @param limit how many are kept; the one that came first goes first
   * @param now milliseconds since 1970
   */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {}

  find(hash: string): Caller | undefined {
    const entry = this.entries.get(hash);
    if (entry === undefined) return undefined;
    if (entry.until > this.now()) return entry.caller;
    this.entries.delete(hash);
    return undefined;
  }

  /** @param until when to look again, in milliseconds since 1970 */
  remember(hash: string, caller: Caller, until: number): void {
    this.entries.delete(hash);
    const [first] = this.entries.keys();
    if (first !== undefined && this.entries.size >= this.limit) this.entries.delete(first);
    this.entries.set(hash, { caller, until });
  }
}
