/** Gives the next rows of an ordered query, as many as it likes; none at its end. */
export type Fetch<T> = () => Promise<readonly T[]>;

/** Rows of an ordered query, in bounded memory: a page is looked at while the next one is on its way. */
export class RowStream<T extends object> {
  private page: readonly T[] = [];
  private at = 0;
  private next: Promise<readonly T[]>;

  constructor(private readonly fetch: Fetch<T>) {
    this.next = this.ahead();
  }

  /** The row that comes next, without taking it; undefined at the end. */
  async peek(): Promise<T | undefined> {
    if (this.at === this.page.length) await this.turn();
    return this.page[this.at];
  }

  /** Takes rows for as long as they are wanted. It waits only where a page ends. */
  async takeWhile(wanted: (row: T) => boolean): Promise<T[]> {
    const taken: T[] = [];
    for (;;) {
      if (this.at === this.page.length) await this.turn();
      const row = this.page[this.at];
      if (row === undefined || !wanted(row)) return taken;
      taken.push(row);
      this.at++;
    }
  }

  private async turn(): Promise<void> {
    this.page = await this.next;
    this.at = 0;
    if (this.page.length > 0) this.next = this.ahead();
  }

  /** A page that fails before it is waited for must not end the process; it fails when its turn comes. */
  private ahead(): Promise<readonly T[]> {
    const page = this.fetch();
    page.catch(() => undefined);
    return page;
  }
}
