import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { ProjectService } from '../access/project.service';
import { decodeCursor, isCount, pageOf, type Page, type PageOrder, type PageRequest } from '../database/keyset-page';
import type { Reader } from '../database/reader';
import { BUDGETS } from '../http/server/limits';
import { MAX_INTEGER } from '../database/storable';
import { DomainError } from '../problems/domain-error';
import { type KnownState, StaleTicket, StaleTicketExplainer } from '../tickets/precondition';
import {
  EVENT_TEXT_LIMIT,
  toChangeDto,
  type ChangeDto,
  type EventTransition,
  type TicketEventDto,
} from '../tickets/ticket-event.dto';
import { TicketEvent } from '../tickets/ticket-event.entity';
import type { Ticket } from '../tickets/ticket.entity';

const { events: EVENTS_LISTED } = BUDGETS.changes;

type EventRow = TicketEvent & (EventTransition | Record<keyof EventTransition, null>);

/** Events of a ticket with the history rows that they name: `$1` is its id. One query on the primary keys of both tables. */
const EVENTS = `
  SELECT event.ticket_id AS "ticketId", event.version, event.type, event.actor, event.actor_kind AS "actorKind", event.at,
         event.sequence, history.from_phase AS "fromPhase", history.to_phase AS "toPhase", history.kind,
         left(history.transition_reason, ${EVENT_TEXT_LIMIT + 1}) AS "transitionReason", history.transitioned_by AS "transitionedBy",
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
    return error instanceof StaleTicket ? this.explainWithin(new ExplanationBudget(), error) : error;
  }

  /**
   * Adds `changes_since` to a rejection.
   *
   * @param budget of the request; when it is used up, no changes are listed
   * @param reader reads within the transaction that the response is stored in
   */
  async explainWithin(budget: ExplanationBudget, rejection: StaleTicket, reader?: Reader): Promise<DomainError> {
    const { listed, isComplete } = await this.changesSince(budget, rejection, reader);
    const facts = {
      ...rejection.facts,
      changes_since: listed,
      ...(isComplete ? {} : { changes_omitted: true }),
      ...(budget.isSpent && !isComplete && listed.length === 0 ? { explanation_omitted: true } : {}),
    };
    return new DomainError(rejection.code, rejection.message, facts, { cause: rejection });
  }

  /** Changes of the transaction itself need not be committed yet, so the rejection carries them. */
  private async changesSince(
    budget: ExplanationBudget,
    { since, earlier, ticket }: StaleTicket,
    reader: Reader = this.events,
  ): Promise<ListedChanges> {
    if (budget.isSpent) return { listed: [], isComplete: 'version' in since && since.version >= ticket.version };
    const own = 'version' in since ? earlier.filter(({ version }) => version > since.version) : earlier;
    const newest = (earlier[0]?.version ?? ticket.version + 1) - 1;
    const stored = own.length > EVENTS_LISTED ? [] : await this.readChanges(budget, ticket.id, newest, reader);
    const project = await this.projects.keyOf(ticket.projectId, reader === this.events ? undefined : reader);
    const changes = [...changesAfter(stored, since), ...own].map((change) => inProject(project, change));
    return newestOf(changes, budget);
  }

  /** Reads the newest changes of a ticket up to a version, oldest first: one more than a rejection lists. */
  private async readChanges(
    { changes }: ExplanationBudget,
    ticketId: string,
    newest: number,
    reader: Reader,
  ): Promise<readonly ChangeDto[]> {
    const name = `${ticketId} ${newest}`;
    const known = changes.get(name);
    if (known !== undefined) return known;
    const text = `${EVENTS} AND event.version <= $2 ORDER BY event.version DESC LIMIT ${EVENTS_LISTED + 1}`;
    const read = (await reader.query<EventRow[]>(text, [ticketId, newest])).toReversed().map(toChange);
    changes.set(name, read);
    return read;
  }
}

/** The budget of the explanations of one request. */
export class ExplanationBudget {
  /** Transitions that searches for shortest paths may still examine. */
  searches: number = BUDGETS.searches;
  /** The newest changes of tickets that were read, by ticket and version. */
  readonly changes = new Map<string, readonly ChangeDto[]>();

  /** @param bytes of JSON that the explanations may still take; a single one needs no bound */
  constructor(private bytes: number = Infinity) {}

  /** True if there is no room for another explanation. */
  get isSpent(): boolean {
    return this.bytes <= 0;
  }

  /** Takes room for an explanation. If there is too little left, the budget is used up, so that later ones have none either. */
  takes(explanation: unknown): boolean {
    if (this.bytes === Infinity) return true;
    this.bytes -= sizeOf(explanation);
    return this.bytes >= 0;
  }
}

function sizeOf(json: unknown): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/**
 * Returns the changes after a state that the caller knows. A phase is known until the ticket left it last; if none of the
 * changes leaves it, all of them are new to the caller.
 *
 * @param changes oldest first
 */
function changesAfter(changes: readonly ChangeDto[], since: KnownState): readonly ChangeDto[] {
  if ('version' in since) return changes.filter(({ version }) => version > since.version);
  return changes.slice(
    Math.max(
      0,
      changes.findLastIndex(({ from_phase }) => from_phase === since.phase),
    ),
  );
}

/** The newest changes that a rejection has room for. */
interface ListedChanges {
  readonly listed: readonly TicketEventDto[];
  /** False if older changes are left out. */
  readonly isComplete: boolean;
}

/** @param changes oldest first */
function newestOf(changes: readonly TicketEventDto[], budget: ExplanationBudget): ListedChanges {
  const listed: TicketEventDto[] = [];
  let bytes = 0;
  for (const change of changes.toReversed()) {
    bytes += sizeOf(change);
    const hasRoom = listed.length < EVENTS_LISTED && bytes <= BUDGETS.changes.bytes && budget.takes(change);
    if (!hasRoom) return { listed: listed.toReversed(), isComplete: false };
    listed.push(change);
  }
  return { listed: listed.toReversed(), isComplete: true };
}

function toChange(row: EventRow): ChangeDto {
  return toChangeDto(row, row.fromPhase === null ? null : row);
}

function inProject(project: string, { type, at, ...change }: ChangeDto): TicketEventDto {
  return { type, at, project, ...change };
}
