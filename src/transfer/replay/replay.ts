import { BrokenFileError } from '../log/log-file';
import type { ReplayEntry, ReplayRow } from './replay-log';
import { rowActorOf, planRow, type RowAction, ticketTitleOf } from './planner';
import { type OrderedEntry, RowOrder } from './row-order';
import { Semaphore } from './slots';
import type { ReplayStatistics } from './statistics';
import type { CommandResult, TicketApi } from './ticket-api';
import type { StateMapping } from './state-mapping';

/** What a replay knows of a ticket. Small, since it is kept for every ticket of the log. */
interface TicketTrack {
  /** The id at the server, empty while the ticket is not created. */
  id: string;
  phase: string | null;
  /** Not driven any further: its creation was refused, or where it is, is not known after an error. */
  lost: boolean;
  /** Settles with the last row that was given to it; undefined when it has nothing to do. */
  busy: Promise<void> | undefined;
}

export interface ReplayOptions {
  readonly mapping: StateMapping;
  /** Commands on the way at a time. */
  readonly concurrency: number;
  /** Rows that are read ahead of the server's answers; this, not the log, decides how much memory is used. */
  readonly rowsInFlight: number;
  readonly signal: AbortSignal;
  /** Takes what should be told at once: bad rows, errors. */
  readonly print: (message: string) => void;
}

const MAX_ERRORS_IN_A_ROW = 20;
const NOW = Promise.resolve();

/** Drives a server with the rows of a log: those of one ticket one after the other, different tickets side by side. */
export class Replay {
  /** Why the run ended before the log did; undefined when it went to the end. */
  endedEarly: string | undefined;
  private readonly tracks = new Map<string, TicketTrack>();
  private readonly order = new RowOrder();
  private readonly rows: Semaphore;
  private readonly commands: Semaphore;
  private errorsInARow = 0;
  /** Nothing is sent any more. */
  private halted = false;
  private defect: unknown;

  constructor(
    private readonly api: TicketApi,
    private readonly statistics: ReplayStatistics,
    private readonly options: ReplayOptions,
  ) {
    this.rows = new Semaphore(options.rowsInFlight);
    this.commands = new Semaphore(options.concurrency);
    options.signal.addEventListener('abort', () => this.halt('interrupted'), { once: true });
  }

  /** Resolves when the last answer is in. What log and server do wrong is counted and told, not thrown. */
  async run(entries: AsyncIterable<ReplayEntry>): Promise<void> {
    try {
      for await (const entry of entries) {
        this.statistics.rows.read++;
        for (const ordered of this.order.accept(entry)) await this.take(ordered);
        if (this.halted) break;
      }
    } catch (error) {
      if (!(error instanceof BrokenFileError)) throw error;
      this.endedEarly = error.message;
    }
    for (const ordered of this.order.flush()) await this.take(ordered);
    await this.rows.allFree();
    if (this.defect !== undefined) throw this.defect;
  }

  private async take(entry: OrderedEntry): Promise<void> {
    if (entry.kind === 'row') return this.schedule(entry);
    if (entry.kind === 'bad') this.statistics.rows.bad++;
    else this.statistics.rows.missing += entry.missing;
    this.options.print(`line ${entry.line}: ${entry.problem}`);
  }

  /** Puts the row behind the other rows of its ticket. Resolves at once unless too many rows are in flight. */
  private async schedule(row: ReplayRow): Promise<void> {
    await this.rows.take();
    const track = this.trackOf(row.ticket);
    const step = (track.busy ?? NOW)
      .then(() => this.apply(track, row))
      .catch((error: unknown) => {
        this.defect ??= error;
        this.halt('of a defect');
      })
      .then(() => {
        if (track.busy === step) track.busy = undefined;
        this.rows.free();
      });
    track.busy = step;
  }

  private trackOf(ticket: string): TicketTrack {
    let track = this.tracks.get(ticket);
    if (track === undefined) {
      track = { id: '', phase: null, lost: false, busy: undefined };
      this.tracks.set(ticket, track);
    }
    return track;
  }

  private async apply(track: TicketTrack, row: ReplayRow): Promise<void> {
    if (this.halted || track.lost) return this.countNotSent();
    const step = planRow(this.options.mapping, track.phase, row);
    if (step.kind === 'skip') return this.statistics.countSkip(step.because);
    await this.commands.take();
    try {
      if (this.halted) this.countNotSent();
      else await this.send(track, row, step);
    } finally {
      this.commands.free();
    }
  }

  private countNotSent(): void {
    this.statistics.rows.not_sent++;
  }

  private async send(track: TicketTrack, row: ReplayRow, step: Exclude<RowAction, { kind: 'skip' }>): Promise<void> {
    if (step.kind === 'move') return this.move(track, row, step.to);
    await this.create(track, row, step.phase);
    if (step.thenTo === null || track.lost) return;
    this.statistics.ticketsBlockedFirst++;
    await this.move(track, row, step.thenTo);
  }

  private async create(track: TicketTrack, row: ReplayRow, phase: string): Promise<void> {
    const { scope } = this.options.mapping;
    const ticket = { title: ticketTitleOf(row), description: `Replayed from ${row.ticket}`, phase_id: phase };
    const result = await this.api.createTicket({ ...scope, ...ticket });
    if (result.kind === 'failed') return this.fail(track, row, result);
    this.errorsInARow = 0;
    if (result.kind === 'refused') {
      track.lost = true;
      return this.statistics.countRefusedCreation(phase);
    }
    this.statistics.tickets++;
    track.id = result.id;
    track.phase = result.phase;
  }

  private async move(track: TicketTrack, row: ReplayRow, to: string): Promise<void> {
    const from = track.phase!;
    const result = await this.api.transition(track.id, { to_phase: to, transitioned_by: rowActorOf(row) });
    if (result.kind === 'failed') return this.fail(track, row, result);
    this.errorsInARow = 0;
    if (result.kind === 'refused') this.statistics.countRefused(result.phase ?? from, to, result.code);
    else this.statistics.countAccepted(from, to);
    track.phase = result.phase ?? from;
  }

  private fail(track: TicketTrack, row: ReplayRow, { code, detail }: Extract<CommandResult, { kind: 'failed' }>): void {
    track.lost = true;
    this.statistics.countError(code);
    this.options.print(`line ${row.line}: ${row.ticket}: ${code}: ${detail}`);
    if (++this.errorsInARow >= MAX_ERRORS_IN_A_ROW) {
      this.halt(`${this.errorsInARow} errors in a row, the last one ${code}`);
    }
  }

  private halt(why: string): void {
    this.halted = true;
    this.endedEarly ??= why;
  }
}
