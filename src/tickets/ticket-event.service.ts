import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, type EntityManager, type Repository } from 'typeorm';
import type { Caller } from '../auth/caller';
import type { Reader } from '../database/reader';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../http/cursor';
import { DomainError } from '../problems/domain-error';
import { StaleTicket, type Change } from './precondition';
import { hasChanges, TicketEvent, type EventType } from './ticket-event.entity';
import type { Ticket } from './ticket.entity';

/** Changes that a refusal lists at most; the newest ones. */
const CHANGES_LISTED = 100;

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

  /**
   * Tells whoever knows an older state of a ticket what has changed since. Other errors stay what they are.
   *
   * @param reader for refusals that are answered within a transaction
   */
  async explain(error: unknown, reader?: Reader): Promise<unknown> {
    if (!(error instanceof StaleTicket)) return error;
    const changes = await this.changesSince(error, reader);
    const facts = {
      ...error.facts,
      changes_since: changes.slice(-CHANGES_LISTED),
      ...(changes.length > CHANGES_LISTED ? { changes_omitted: true } : {}),
    };
    return new DomainError(error.code, error.message, facts, { cause: error });
  }

  /** What the transaction itself has changed need not be committed yet, so it comes from the refusal. */
  private async changesSince(refusal: StaleTicket, reader?: Reader): Promise<readonly Change[]> {
    const { since, earlier } = refusal;
    const own = 'version' in since ? earlier.filter(({ version }) => version > since.version) : earlier;
    return own.length > CHANGES_LISTED ? own : [...(await this.readChanges(refusal, reader)), ...own];
  }

  /**
   * The newest changes before the transaction, one more than a refusal lists. One query on the primary keys of both tables.
   * History is named and not imported: its room is above this one.
   */
  private async readChanges({ ticket, since, earlier }: StaleTicket, reader: Reader = this.events): Promise<Change[]> {
    const known =
      'version' in since
        ? '$3::integer'
        : 'coalesce((SELECT max(version) - 1 FROM phase_history WHERE ticket_id = $1 AND from_phase = $3::varchar), 0)';
    const rows = await reader.query<Change[]>(
      `SELECT event.version, event.type, event.actor, event.actor_kind, event.at, event.changes,
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
