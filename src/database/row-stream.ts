/** Returns the next rows of an ordered query, any number at a time, and none at the end. */
export type Fetch<T> = () => Promise<readonly T[]>;

/** Rows of an ordered query in bounded memory. It fetches the next page while the current one is read. */
export class RowStream<T extends object> {
  private page: readonly T[] = [];
  private at = 0;
  private next: Promise<readonly T[]>;

  constructor(private readonly fetch: Fetch<T>) {
    this.next = this.prefetch();
  }

  /** Returns the next row without consuming it; undefined at the end. */
  async peek(): Promise<T | undefined> {
    if (this.at === this.page.length) await this.turnPage();
    return this.page[this.at];
  }

  /** Consumes rows until `wanted` returns false. It waits only at the end of a page. */
  async takeWhile(wanted: (row: T) => boolean): Promise<T[]> {
    const taken: T[] = [];
    for (;;) {
      if (this.at === this.page.length) await this.turnPage();
      const row = this.page[this.at];
      if (row === undefined || !wanted(row)) return taken;
      taken.push(row);
      this.at++;
    }
  }

  private async turnPage(): Promise<void> {
    this.page = await this.next;
    this.at = 0;
    if (this.page.length > 0) this.next = this.prefetch();
  }

  /** Fetches a page. The error of a page that is not awaited yet must not end the process; it is thrown later. */
  private prefetch(): Promise<readonly T[]> {
    const page = this.fetch();
    page.catch(() => undefined);
    return page;
  }
}
