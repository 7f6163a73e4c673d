import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, type EntityManager, type Repository } from 'typeorm';
import type { Caller } from '../access/caller';
import type { Reader } from '../database/reader';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import { DomainError } from '../problems/domain-error';
import { StaleTicket, type Change } from './precondition';
import { hasChanges, TicketEvent, type EventType } from './ticket-event.entity';
import type { Ticket } from './ticket.entity';

/** Changes that a refusal lists at most; the newest ones. */
const CHANGES_LISTED = 100;

/** Characters of a text that a listed change repeats at most. */
const TEXT_TOLD = 1_000;

/** What the changes of one refusal, and of all refusals of one request, take of its answer at most, in bytes. */
const ROOM = { refusal: 64 * 1024, request: 1024 * 1024 };

/** The trace that every change of a ticket leaves. */
@Injectable()
export class TicketEventService {
  constructor(@InjectRepository(TicketEvent) private readonly events: Repository<TicketEvent>) {}

  /** A page of a ticket's events, by version. */
  async listEvents(ticketId: string, order: PageOrder, page: PageRequest): Promise<Page<TicketEvent>> {
    const beyond = order === 'asc' ? MoreThan : LessThan;
    const [after] = page.cursor === undefined ? [] : decodeCursor(page.cursor, order, [isCount]);
    const rows = await this.events.find({
      where: after === undefined ? { ticketId } : { ticketId, version: beyond(Number(after)) },
      order: { version: order === 'asc' ? 'ASC' : 'DESC' },
      take: page.limit + 1,
    });
    return pageOf(rows, page.limit, order, ({ version }) => [version]);
  }

  /** Tells whoever knows an older state of a ticket what has changed since. Other errors stay what they are. */
  async explain(error: unknown): Promise<unknown> {
    const [explained] = await this.explainAll([error]);
    return explained;
  }

  /**
   * The same for all that one request was refused: one after the other, and with no more to tell than one answer may hold.
   *
   * @param reader for refusals that are answered within a transaction
   */
  async explainAll<T>(outcomes: readonly T[], reader?: Reader): Promise<(T | DomainError)[]> {
    const explained: (T | DomainError)[] = [];
    let room = ROOM.request;
    for (const outcome of outcomes) {
      if (!(outcome instanceof StaleTicket)) {
        explained.push(outcome);
        continue;
      }
      const { told, bytes, omitted } = await this.changesSince(outcome, Math.min(room, ROOM.refusal), reader);
      room -= bytes;
      const facts = { ...outcome.facts, changes_since: told, ...(omitted ? { changes_omitted: true } : {}) };
      explained.push(new DomainError(outcome.code, outcome.message, facts, { cause: outcome }));
    }
    return explained;
  }

  /** What the transaction itself has changed need not be committed yet, so it comes from the refusal. */
  private async changesSince(refusal: StaleTicket, room: number, reader?: Reader): Promise<ToldChanges> {
    const { since, earlier, ticket } = refusal;
    if (room <= 0) return { told: [], bytes: 0, omitted: 'phase' in since || since.version < ticket.version };
    const own = 'version' in since ? earlier.filter(({ version }) => version > since.version) : earlier;
    if (own.length > CHANGES_LISTED) return newestOf(own, room);
    return newestOf([...(await this.readChanges(refusal, reader)), ...own], room);
  }

  /**
   * The newest changes before the transaction, one more than a refusal lists. One query on the primary keys of both tables.
   * History is named and not imported: its room is above this one.
   */
  private async readChanges({ ticket, since, earlier }: StaleTicket, reader: Reader = this.events): Promise<Change[]> {
    const known =
      'version' in since
        ? '$3::integer'
        : `coalesce((SELECT max(version) - 1 FROM phase_history
             WHERE ticket_id = $1 AND from_phase = $3::varchar AND version <= $2), 0)`;
    const rows = await reader.query<Change[]>(
      `SELECT event.version, event.type, event.actor, event.actor_kind, event.at, ${ABRIDGED_CHANGES} AS changes,
              history.from_phase, history.to_phase, history.transition_reason, history.transitioned_by
         FROM ticket_events AS event
         LEFT JOIN phase_history AS history
           ON history.ticket_id = event.ticket_id AND history.sequence = event.sequence
         WHERE event.ticket_id = $1 AND event.version <= $2 AND event.version > ${known}
         ORDER BY event.version DESC LIMIT ${CHANGES_LISTED + 1}`,
      [ticket.id, (earlier[0]?.version ?? ticket.version + 1) - 1, 'version' in since ? since.version : since.phase],
    );
    return rows.toReversed().map(withoutAbsent);
  }
}

/** Of an edit, the description is what may be long, and is cut before it comes here. */
const ABRIDGED_CHANGES = `
  CASE WHEN length(event.changes ->> 'description') > ${TEXT_TOLD}
    THEN event.changes || jsonb_build_object('description', left(event.changes ->> 'description', ${TEXT_TOLD}) || '…')
    ELSE event.changes END`;

/** What a refusal tells of changes: the newest ones, and whether there were more. */
interface ToldChanges {
  readonly told: readonly Change[];
  readonly bytes: number;
  readonly omitted: boolean;
}

/** @param room how many bytes of JSON they may be */
function newestOf(changes: readonly Change[], room: number): ToldChanges {
  const told: Change[] = [];
  let bytes = 0;
  for (const change of changes.toReversed()) {
    const next = withShortReason(change);
    bytes += Buffer.byteLength(JSON.stringify(next));
    if (told.length === CHANGES_LISTED || bytes > room) return { told: told.toReversed(), bytes, omitted: true };
    told.push(next);
  }
  return { told: told.toReversed(), bytes, omitted: false };
}

function withShortReason({ transition_reason, ...change }: Change): Change {
  if (transition_reason === undefined) return change;
  if (transition_reason === null) return { ...change, transition_reason };
  const characters = Array.from(transition_reason);
  if (characters.length <= TEXT_TOLD) return { ...change, transition_reason };
  return { ...change, transition_reason: `${characters.slice(0, TEXT_TOLD).join('')}…` };
}

/** What an event records, and who. */
export interface Trace {
  readonly type: EventType;
  readonly caller: Pick<Caller, 'name' | 'actorKind'>;
  readonly changes?: Readonly<Record<string, unknown>>;
}

/** Records the change that has made a ticket what it is now, in the transaction of that change. */
export async function recordEvent(
  manager: EntityManager,
  ticket: Ticket,
  { type, caller, changes }: Trace,
): Promise<void> {
  await manager.query(
    `INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, at, changes) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [ticket.id, ticket.version, type, caller.name, caller.actorKind, ticket.updatedAt, changes ?? null],
  );
}

/** Moves have no changes, edits have no move, and a migration has both where the phase has changed. */
function withoutAbsent({
  from_phase,
  to_phase,
  transition_reason,
  transitioned_by,
  changes,
  ...event
}: Change): Change {
  const hasMove = event.type === 'moved' || (event.type === 'migrated' && from_phase !== null);
  return {
    ...event,
    ...(hasChanges(event.type) ? { changes } : {}),
    ...(hasMove ? { from_phase, to_phase, transition_reason, transitioned_by } : {}),
  };
}
