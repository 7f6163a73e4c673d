import type { Fault } from '../row-error';
import type { Outcome } from '../statistics';
import { NOBODYS, type TicketRows } from '../log-row';
import type { Dealing, Decision } from '../batch-runner';
import type { ExportFrame } from './export-frame';
import { type Past, readPast } from './record';
import { continuePast, type PastContinuation } from './record-continuation';
import type { PastLine, PastLines } from './record-lines';
import { type Stage, stagesOf } from './record-stages';
import { externalName, type StoredPasts } from './stored-records';
import type { LineOf } from './export-line';
import type { Session } from '../session';
import { OutdatedPlan } from '../log-importer';
import { continuePasts, createPasts, lockPasts } from './past-statements';

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

/** What is to be written of a ticket: all of it, or what is new. */
export type PastWork =
  | { readonly kind: 'create'; readonly past: Past }
  | { readonly kind: 'continue'; readonly continuation: PastContinuation; readonly stages: readonly Stage[] };

type ContinueWork = Extract<PastWork, { kind: 'continue' }>;

/** Writes pasts, each batch in one transaction: all of it is there, or nothing. */
export class PastWriter {
  constructor(private readonly session: Session) {}

  /** @throws OutdatedPlan, and whatever the database has against it */
  async write(works: readonly PastWork[]): Promise<void> {
    const created = works.flatMap((work) => (work.kind === 'create' ? [work.past] : []));
    const continued = works.filter((work): work is ContinueWork => work.kind === 'continue');
    if (continued.length === 0) {
      if (created.length > 0) await this.session.query(createPasts(created));
      return;
    }
    await this.session.inTransaction(async () => {
      await this.lock(continued);
      if (created.length > 0) await this.session.query(createPasts(created));
      await this.goOn(continued);
    });
  }

  /** The first steps of all tickets, then the second ones of those that have more, and so on. */
  private async goOn(works: readonly ContinueWork[]): Promise<void> {
    const most = Math.max(...works.map(({ stages }) => stages.length));
    for (let i = 0; i < most; i++) {
      const events = i > 0 ? [] : works.flatMap(({ continuation }) => continuation.events);
      await this.session.query(
        continuePasts(
          works.flatMap(({ stages }) => stages[i] ?? []),
          events,
        ),
      );
    }
  }

  /** Every change makes a version. So what still has the version that was read is as it was read. */
  private async lock(works: readonly ContinueWork[]): Promise<void> {
    const tickets = works.map(({ continuation }) => continuation.from);
    const { rows } = await this.session.query<{ id: string; version: number }>(lockPasts(tickets));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (tickets.some(({ id, version }) => versions.get(id) !== version)) throw new OutdatedPlan();
  }
}
