import type { Fault } from '../fault';
import type { Outcome } from '../outcome';
import { NOBODYS, type TicketRows } from '../row';
import type { Dealing, Decision } from '../settlement';
import type { ExportFrame } from './export-frame';
import { readPast, type Past } from './past';
import { continuePast, type PastContinuation } from './past-continuation';
import type { PastLine, PastLines } from './past-lines';
import { stagesOf } from './past-stages';
import type { PastWork } from './past-writer';
import { externalName, type StoredPasts } from './stored-past';
import type { LineOf } from './export-line';

/** What dealing with the tickets of an export takes. */
export interface PastTools {
  readonly frame: ExportFrame;
  readonly stored: { find(tickets: readonly LineOf<'ticket'>[]): Promise<StoredPasts> };
  readonly writer: { write(works: readonly PastWork[]): Promise<void> };
}

/** Tickets of an export: each is judged by itself, and then held against what is stored of it. */
export class PastDealing implements Dealing<PastLine, PastWork> {
  constructor(
    private readonly lines: PastLines,
    private readonly tools: PastTools,
  ) {}

  async decide(batch: readonly TicketRows<PastLine>[]): Promise<Decision<PastWork>[]> {
    const { frame, stored } = this.tools;
    const read = batch.map((rows) => readPast(rows, frame));
    const pasts = read.filter(isPast);
    const found = await stored.find(pasts.map(({ ticket }) => ticket.value));
    return read.map((past, i) => (isPast(past) ? this.decideOn(past, found) : this.refuse(batch[i]!, past)));
  }

  write(works: readonly PastWork[]): Promise<void> {
    return this.tools.writer.write(works);
  }

  private decideOn(past: Past, { pasts, owners }: StoredPasts): Decision<PastWork> {
    const { line, value } = past.ticket;
    const name = externalName(value);
    const owner = name === undefined ? undefined : owners.get(name);
    if (owner !== undefined && owner !== value.id) {
      const reason = `the ticket ${owner} is stored already under ${value.external_source} ${value.external_id}`;
      return { kind: 'refuse', faults: [{ line, code: 'differs', reason }] };
    }
    const stored = pasts.get(value.id);
    if (stored === undefined) return { kind: 'write', work: { kind: 'create', past }, outcome: outcomeOf(past) };
    const continuation = continuePast(past, stored);
    if ('code' in continuation) return { kind: 'refuse', faults: [continuation] };
    const outcome = outcomeOf(past, continuation);
    if (continuation.events.length === 0) return { kind: 'pass', outcome };
    const { workflow, workflow_version: version } = continuation.from;
    if (this.tools.frame.graphIdOf(workflow, version) === undefined) {
      const reason = `the ticket is stored under ${workflow} ${version}, which the export does not have`;
      return { kind: 'refuse', faults: [{ line, code: 'differs', reason }] };
    }
    const stages = stagesOf(past, continuation, this.tools.frame);
    return { kind: 'write', work: { kind: 'continue', continuation, stages }, outcome };
  }

  /** Where the file breaks off, what its last ticket lacks is nobody's fault. */
  private refuse({ ticket, rows }: TicketRows<PastLine>, faults: readonly Fault[]): Decision<PastWork> {
    const last = rows.at(-1)!;
    const { problem, isCutOff, lastOfTicket } = this.lines;
    if (!isCutOff || ticket === NOBODYS || last.line < lastOfTicket) return { kind: 'refuse', faults };
    const reason = `${problem}, and this ticket is not whole`;
    return { kind: 'refuse', faults: [{ line: last.line, code: 'cut_off', reason }] };
  }
}

function isPast(read: Past | readonly Fault[]): read is Past {
  return 'ticket' in read;
}

function outcomeOf({ moves, events }: Past, continuation?: PastContinuation): Outcome {
  const rest = { repeats: 0, shortened: 0, title: 'same' } as const;
  const all = 1 + moves.length + events.length;
  if (continuation === undefined) return { ticket: 'created', written: all, moves: moves.length, present: 0, ...rest };
  const written = continuation.moves.length + continuation.events.length;
  const isSame = continuation.events.length === 0;
  return {
    ticket: isSame ? 'unchanged' : 'continued',
    written: isSame ? 0 : written + 1,
    moves: continuation.moves.length,
    present: isSame ? all : all - written - 1,
    ...rest,
  };
}
