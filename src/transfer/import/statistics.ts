import type { RowErrorCode } from './row-error';
import type { ContinuePlan, CreatePlan, UnchangedPlan } from './planner';

/** What an import did, or what a dry run found that it would do; `--json` prints this with a few things more. */
export interface ImportCounts {
  /** Every row has one fate. */
  readonly rows: {
    /** Without the header. */
    readonly read: number;
    /** Creations and moves that were written. */
    readonly written: number;
    /** Creations and moves that are stored already. */
    readonly already_there: number;
    /** Rows that repeat a state, so that there is nothing to write. */
    readonly repeating: number;
    readonly quarantined: number;
    /** Rows that were not looked at, since the import was interrupted. */
    readonly left: number;
  };
  readonly tickets: {
    readonly created: number;
    /** Stored tickets that got moves, or a new title. */
    readonly continued: number;
    readonly unchanged: number;
    readonly quarantined: number;
  };
  readonly moves_written: number;
  /** Stored tickets whose title was an earlier one of the log. */
  readonly titles_changed: number;
  /** Stored tickets whose title is not the log's, since somebody else gave it. */
  readonly titles_kept: number;
  /** Rows whose times were cut to milliseconds. */
  readonly times_shortened: number;
  /** Rows, the most frequent code first. */
  readonly quarantined_by_code: Readonly<Partial<Record<RowErrorCode, number>>>;
}

/** Counts what happens during an import. */
export class ImportStatistics {
  rowsRead = 0;
  private readonly tickets = { created: 0, continued: 0, unchanged: 0, quarantined: 0 };
  private readonly rowCounts = { written: 0, already_there: 0, repeating: 0, quarantined: 0 };
  private readonly codes = new Map<RowErrorCode, number>();
  private movesWritten = 0;
  private titlesChanged = 0;
  private titlesKept = 0;
  private timesShortened = 0;

  /** Counts what became of a ticket that is not in quarantine. */
  count({ ticket, written, moves, present, repeats, shortened, title }: TicketResult): void {
    this.tickets[ticket]++;
    this.rowCounts.written += written;
    this.rowCounts.already_there += present;
    this.rowCounts.repeating += repeats;
    this.movesWritten += moves;
    this.timesShortened += shortened;
    if (title === 'changed') this.titlesChanged++;
    if (title === 'kept') this.titlesKept++;
  }

  /** @param isTicket false for rows of no known ticket, and for more rows of one that was counted already */
  countQuarantined(codes: readonly RowErrorCode[], isTicket: boolean): void {
    this.rowCounts.quarantined += codes.length;
    if (isTicket) this.tickets.quarantined++;
    for (const code of codes) this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  /** Rows whose fate is known. */
  get processedRows(): number {
    return Object.values(this.rowCounts).reduce((sum, rows) => sum + rows, 0);
  }

  get ticketCounts(): ImportCounts['tickets'] {
    return this.tickets;
  }

  counts(): ImportCounts {
    const byCount = [...this.codes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return {
      rows: { read: this.rowsRead, ...this.rowCounts, left: this.rowsRead - this.processedRows },
      tickets: { ...this.tickets },
      moves_written: this.movesWritten,
      titles_changed: this.titlesChanged,
      titles_kept: this.titlesKept,
      times_shortened: this.timesShortened,
      quarantined_by_code: Object.fromEntries(byCount),
    };
  }
}

/** What became of the rows of a ticket that is not in quarantine. */
export interface TicketResult {
  readonly ticket: 'created' | 'continued' | 'unchanged';
  /** Rows that were written. */
  readonly written: number;
  /** How many of them are moves. */
  readonly moves: number;
  /** Rows that are stored already. */
  readonly present: number;
  /** Rows that repeat a state, so that there is nothing to write. */
  readonly repeats: number;
  /** Rows whose times were cut to milliseconds. */
  readonly shortened: number;
  readonly title: 'changed' | 'kept' | 'same';
}

/** What a plan comes to when it is carried out. */
export function resultOf(plan: CreatePlan | ContinuePlan | UnchangedPlan): TicketResult {
  const { repeats, shortened } = plan;
  const moves = plan.kind === 'unchanged' ? 0 : plan.moves.length;
  if (plan.kind === 'create') {
    return { ticket: 'created', written: moves + 1, moves, present: 0, repeats, shortened, title: 'same' };
  }
  const { present, titleKept } = plan;
  const ticket = plan.kind === 'continue' ? 'continued' : 'unchanged';
  const isChanged = plan.kind === 'continue' && plan.title !== null;
  const title = isChanged ? 'changed' : titleKept ? 'kept' : 'same';
  return { ticket, written: moves, moves, present, repeats, shortened, title };
}
