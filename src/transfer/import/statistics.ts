import { formatNumber } from '../../terminal/table';
import type { RowErrorCode } from './row-error';
import type { ContinuePlan, CreatePlan, UnchangedPlan } from './planner';

/** The counts of an import, or of what a dry run would do; part of the report that `--json` prints. */
export interface ImportCounts {
  /** Every row is counted once. */
  readonly rows: {
    /** Without the header. */
    readonly read: number;
    /** Creations and transitions that were written. */
    readonly written: number;
    /** Creations and transitions that are already stored. */
    readonly already_there: number;
    /** Rows that repeat the previous state and write nothing. */
    readonly repeating: number;
    readonly quarantined: number;
    /** Rows that were not processed because the import was interrupted. */
    readonly left: number;
  };
  readonly tickets: {
    readonly created: number;
    /** Stored tickets that got transitions or a new title. */
    readonly continued: number;
    readonly unchanged: number;
    readonly quarantined: number;
  };
  readonly moves_written: number;
  /** Stored tickets whose title was an earlier title in the log. */
  readonly titles_changed: number;
  /** Stored tickets whose title differs from the log because another client changed it. */
  readonly titles_kept: number;
  /** Rows whose times were truncated to milliseconds. */
  readonly times_shortened: number;
  /** Rows by code, the most frequent first. */
  readonly quarantined_by_code: Readonly<Partial<Record<RowErrorCode, number>>>;
}

/** Collects the counts of an import. */
export class ImportStatistics {
  rowsRead = 0;
  private readonly tickets = { created: 0, continued: 0, unchanged: 0, quarantined: 0 };
  private readonly rowCounts = { written: 0, already_there: 0, repeating: 0, quarantined: 0 };
  private readonly codes = new Map<RowErrorCode, number>();
  private movesWritten = 0;
  private titlesChanged = 0;
  private titlesKept = 0;
  private timesShortened = 0;

  /** Counts a ticket that is not quarantined. */
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

  /** @param isTicket false for rows without a ticket, and for further rows of a ticket that is already counted */
  countQuarantined(codes: readonly RowErrorCode[], isTicket: boolean): void {
    this.rowCounts.quarantined += codes.length;
    if (isTicket) this.tickets.quarantined++;
    for (const code of codes) this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  /** Rows with a result. */
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

/** Describes the progress in one line. */
export function describeTickets({ ticketCounts }: ImportStatistics): string {
  const { created, continued, unchanged, quarantined } = ticketCounts;
  const counts = [`${formatNumber(created)} tickets created`];
  if (continued > 0) counts.push(`${formatNumber(continued)} continued`);
  if (unchanged > 0) counts.push(`${formatNumber(unchanged)} unchanged`);
  if (quarantined > 0) counts.push(`${formatNumber(quarantined)} quarantined`);
  return counts.join(', ');
}

/** The result of a ticket that is not quarantined. */
export interface TicketResult {
  readonly ticket: 'created' | 'continued' | 'unchanged';
  /** Rows that were written. */
  readonly written: number;
  /** Transitions among the written rows. */
  readonly moves: number;
  /** Rows that are already stored. */
  readonly present: number;
  /** Rows that repeat the previous state and write nothing. */
  readonly repeats: number;
  /** Rows whose times were truncated to milliseconds. */
  readonly shortened: number;
  readonly title: 'changed' | 'kept' | 'same';
}

/** Returns the result of a plan once it is carried out. */
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
