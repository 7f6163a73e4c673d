import { Semaphore } from '../../database/semaphore';
import { BrokenFileError } from '../log/log-file';
import type { ReplayEntry, ReplayRow } from './replay-log';
import { rowActorOf, planRow, type RowAction, ticketTitleOf } from './planner';
import { type OrderedEntry, RowOrder } from './row-order';
import type { ReplayStatistics } from './statistics';
import type { CommandResult, TicketApi } from './ticket-api';
import type { StateMapping } from './state-mapping';

/** The state of one ticket. Kept small, because a replay holds one for every ticket of the log. */
interface TicketTrack {
  /** The id on the server; empty before the ticket is created. */
  id: string;
  phase: string | null;
  /** No more rows are sent, because the creation was refused or an error left the state of the ticket unknown. */
  isAbandoned: boolean;
  /** Settles with the last scheduled row; undefined when no row is scheduled. */
  busy: Promise<void> | undefined;
}

export interface ReplayOptions {
  readonly mapping: StateMapping;
  /** Concurrent commands. */
  readonly concurrency: number;
  /** Rows read ahead of the responses. Bounds memory, independently of the size of the log. */
  readonly rowsInFlight: number;
  readonly signal: AbortSignal;
  /** Prints problems as they occur: bad rows and errors. */
  readonly print: (message: string) => void;
}

const MAX_ERRORS_IN_A_ROW = 20;
const NOW = Promise.resolve();

/** Replays a log on a server: the rows of one ticket in order, different tickets concurrently. */
export class Replay {
  /** The reason for ending before the end of the log; undefined otherwise. */
  endedEarly: string | undefined;
  private readonly tracks = new Map<string, TicketTrack>();
  private readonly order = new RowOrder();
  private readonly rows: Semaphore;
  private readonly commands: Semaphore;
  private errorsInARow = 0;
  /** No more commands are sent. */
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

  /**
   * Resolves when the last response has arrived. Problems of the log and the server are counted and printed, not
   * thrown.
   */
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
    await Promise.all(Array.from(this.tracks.values(), ({ busy }) => busy));
    if (this.defect !== undefined) throw this.defect;
  }

  private async take(entry: OrderedEntry): Promise<void> {
    if (entry.kind === 'row') return this.schedule(entry);
    if (entry.kind === 'bad') this.statistics.rows.bad++;
    else this.statistics.rows.missing += entry.missing;
    this.options.print(`line ${entry.line}: ${entry.problem}`);
  }

  /** Schedules the row after the other rows of its ticket. Resolves at once unless too many rows are in flight. */
  private async schedule(row: ReplayRow): Promise<void> {
    await this.rows.acquire();
    const track = this.trackOf(row.ticket);
    const work = (track.busy ?? NOW)
      .then(() => this.apply(track, row))
      .catch((error: unknown) => {
        this.defect ??= error;
        this.halt('internal error');
      })
      .then(() => {
        if (track.busy === work) track.busy = undefined;
        this.rows.release();
      });
    track.busy = work;
  }

  private trackOf(ticket: string): TicketTrack {
    let track = this.tracks.get(ticket);
    if (track === undefined) {
      track = { id: '', phase: null, isAbandoned: false, busy: undefined };
      this.tracks.set(ticket, track);
    }
    return track;
  }

  private async apply(track: TicketTrack, row: ReplayRow): Promise<void> {
    if (this.halted || track.isAbandoned) return this.countNotSent();
    const action = planRow(this.options.mapping, track.phase, row);
    if (action.kind === 'skip') return this.statistics.countSkip(action.because);
    await this.commands.run(async () => {
      if (this.halted) this.countNotSent();
      else await this.send(track, row, action);
    });
  }

  private countNotSent(): void {
    this.statistics.rows.not_sent++;
  }

  private async send(track: TicketTrack, row: ReplayRow, action: Exclude<RowAction, { kind: 'skip' }>): Promise<void> {
    if (action.kind === 'move') return this.move(track, row, action.to);
    await this.create(track, row, action.phase);
    if (action.thenTo === null || track.isAbandoned) return;
    this.statistics.ticketsBlockedFirst++;
    await this.move(track, row, action.thenTo);
  }

  private async create(track: TicketTrack, row: ReplayRow, phase: string): Promise<void> {
    const { scope } = this.options.mapping;
    const ticket = { title: ticketTitleOf(row), description: `Replayed from ${row.ticket}`, phase_id: phase };
    const result = await this.api.createTicket({ ...scope, ...ticket });
    if (result.kind === 'failed') return this.fail(track, row, result);
    this.errorsInARow = 0;
    if (result.kind === 'refused') {
      track.isAbandoned = true;
      return this.statistics.countRefusedCreation(phase);
    }
    this.statistics.tickets++;
    track.id = result.id;
    track.phase = result.phase;
  }

  private async move(track: TicketTrack, row: ReplayRow, to: string): Promise<void> {
    const from = track.phase;
    if (from === null) throw new Error(`The ticket ${row.ticket} has not been created.`);
    const result = await this.api.transition(track.id, { to_phase: to, transitioned_by: rowActorOf(row) });
    if (result.kind === 'failed') return this.fail(track, row, result);
    this.errorsInARow = 0;
    if (result.kind === 'refused') this.statistics.countRefused(result.phase ?? from, to, result.code);
    else this.statistics.countAccepted(from, to);
    track.phase = result.phase ?? from;
  }

  private fail(track: TicketTrack, row: ReplayRow, { code, detail }: Extract<CommandResult, { kind: 'failed' }>): void {
    track.isAbandoned = true;
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
