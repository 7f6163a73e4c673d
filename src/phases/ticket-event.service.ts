import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ProjectService } from '../access/project.service';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import type { Reader } from '../database/reader';
import { MAX_INTEGER } from '../database/storable';
import { DomainError } from '../problems/domain-error';
import { StaleTicket, StaleTicketExplainer } from '../tickets/precondition';
import {
  EVENT_TEXT_LIMIT,
  toChangeDto,
  type ChangeDto,
  type EventTransition,
  type TicketEventDto,
} from '../tickets/ticket-event.dto';
import { TicketEvent } from '../tickets/ticket-event.entity';
import type { Ticket } from '../tickets/ticket.entity';

/** Changes that a rejection lists; older ones are omitted. */
const CHANGES_LISTED = 100;

/** Bytes of JSON that the changes of one rejection, and of all rejections of one request, may take. */
const MAX_BYTES = { rejection: 64 * 1024, request: 1024 * 1024 };

type EventRow = TicketEvent & (EventTransition | Record<keyof EventTransition, null>);

/** Events of a ticket with the history rows that they name: `$1` is its id. One query on the primary keys of both tables. */
const EVENTS = `
  SELECT event.ticket_id AS "ticketId", event.version, event.type, event.actor, event.actor_kind AS "actorKind", event.at,
         event.sequence, history.from_phase AS "fromPhase", history.to_phase AS "toPhase", history.kind,
         history.transition_reason AS "transitionReason", history.transitioned_by AS "transitionedBy",
         CASE WHEN length(event.changes ->> 'description') > ${EVENT_TEXT_LIMIT}
           THEN event.changes || jsonb_build_object('description',
                  left(event.changes ->> 'description', ${EVENT_TEXT_LIMIT}) || '…')
           ELSE event.changes END AS changes
    FROM ticket_events AS event
    LEFT JOIN phase_history AS history ON history.ticket_id = event.ticket_id AND history.sequence = event.sequence
   WHERE event.ticket_id = $1`;

/** Reads the events of tickets, and explains rejections by them. */
@Injectable()
export class TicketEventService extends StaleTicketExplainer {
  constructor(
    @InjectRepository(TicketEvent) private readonly events: Repository<TicketEvent>,
    private readonly projects: ProjectService,
  ) {
    super();
  }

  /** Returns a page of a ticket's events, by version. */
  async listEvents(
    { id, projectId }: Pick<Ticket, 'id' | 'projectId'>,
    order: PageOrder,
    { limit, cursor }: PageRequest,
  ): Promise<Page<TicketEventDto>> {
    const [beyond, first] = order === 'asc' ? ['>', 0] : ['<', MAX_INTEGER];
    const [after = first] = cursor === undefined ? [] : decodeCursor(cursor, order, [isCount]);
    const text = `${EVENTS} AND event.version ${beyond} $2 ORDER BY event.version ${order} LIMIT $3`;
    const rows = await this.events.query<EventRow[]>(text, [id, after, limit + 1]);
    const project = await this.projects.keyOf(projectId);
    return pageOf(
      rows.map((row) => inProject(project, toChange(row))),
      limit,
      order,
      ({ version }) => [version],
    );
  }

  async explain(error: unknown): Promise<unknown> {
    const [explained] = await this.explainAll([error]);
    return explained;
  }

  /**
   * Explains the rejections of one request, one after the other; together they list no more than one response may hold.
   *
   * @param reader reads within the transaction that the response is stored in
   */
  async explainAll<T>(outcomes: readonly T[], reader?: Reader): Promise<(T | DomainError)[]> {
    const explained: (T | DomainError)[] = [];
    let left = MAX_BYTES.request;
    for (const outcome of outcomes) {
      if (!(outcome instanceof StaleTicket)) {
        explained.push(outcome);
        continue;
      }
      const { listed, bytes, omitted } = await this.changesSince(outcome, Math.min(left, MAX_BYTES.rejection), reader);
      left -= bytes;
      const facts = { ...outcome.facts, changes_since: listed, ...(omitted ? { changes_omitted: true } : {}) };
      explained.push(new DomainError(outcome.code, outcome.message, facts, { cause: outcome }));
    }
    return explained;
  }

  /** Changes of the transaction itself need not be committed yet, so the rejection carries them. */
  private async changesSince(rejection: StaleTicket, maxBytes: number, reader?: Reader): Promise<ListedChanges> {
    const { since, earlier, ticket } = rejection;
    if (maxBytes <= 0) return { listed: [], bytes: 0, omitted: 'phase' in since || since.version < ticket.version };
    const own = 'version' in since ? earlier.filter(({ version }) => version > since.version) : earlier;
    const stored = own.length > CHANGES_LISTED ? [] : await this.readChanges(rejection, reader);
    const project = await this.projects.keyOf(ticket.projectId, reader);
    return newestOf(
      [...stored, ...own].map((change) => inProject(project, change)),
      maxBytes,
    );
  }

  /** Reads the newest changes before the transaction, one more than a rejection lists. */
  private async readChanges(
    { ticket, since, earlier }: StaleTicket,
    reader: Reader = this.events,
  ): Promise<ChangeDto[]> {
    const known =
      'version' in since
        ? '$3::integer'
        : `coalesce((SELECT max(version) - 1 FROM phase_history
             WHERE ticket_id = $1 AND from_phase = $3::varchar AND version <= $2), 0)`;
    const rows = await reader.query<EventRow[]>(
      `${EVENTS} AND event.version <= $2 AND event.version > ${known}
         ORDER BY event.version DESC LIMIT ${CHANGES_LISTED + 1}`,
      [ticket.id, (earlier[0]?.version ?? ticket.version + 1) - 1, 'version' in since ? since.version : since.phase],
    );
    return rows.toReversed().map(toChange);
  }
}

/** The newest changes that a rejection has room for. */
interface ListedChanges {
  readonly listed: readonly TicketEventDto[];
  readonly bytes: number;
  /** True if older changes are left out. */
  readonly omitted: boolean;
}

/** @param changes oldest first */
function newestOf(changes: readonly TicketEventDto[], maxBytes: number): ListedChanges {
  const listed: TicketEventDto[] = [];
  let bytes = 0;
  for (const change of changes.toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(change));
    if (listed.length === CHANGES_LISTED || bytes > maxBytes) {
      return { listed: listed.toReversed(), bytes, omitted: true };
    }
    listed.push(change);
  }
  return { listed: listed.toReversed(), bytes, omitted: false };
}

function toChange(row: EventRow): ChangeDto {
  return toChangeDto(row, row.fromPhase === null ? null : row);
}

function inProject(project: string, { type, at, ...change }: ChangeDto): TicketEventDto {
  return { type, at, project, ...change };
}
