import type { Session } from './session';

/** A ticket of the same source and id, as the database has it. Times are milliseconds since 1970. */
export interface StoredTicket {
  readonly id: string;
  readonly graphId: number;
  readonly initialPhase: string;
  readonly phase: string;
  readonly resumePhase: string | null;
  readonly title: string;
  readonly createdAt: number;
  /** Null where nobody knows any more. */
  readonly createdBy: string | null;
  readonly transitionCount: number;
  readonly version: number;
  readonly archived: boolean;
  /** Its first moves, at least as many of them as the log has. */
  readonly moves: readonly StoredMove[];
}

export interface StoredMove {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly by: string;
}

/** Whose tickets are looked for: they are known by their source and the id that they have there. */
export interface Owner {
  readonly projectId: string;
  readonly source: string;
}

/** A row as the query gives it. Times come as milliseconds, moves as arrays: both cost less than what a driver would make of them. */
interface FoundTicket extends Omit<StoredTicket, 'moves'> {
  readonly externalId: string;
  readonly moves: readonly (readonly [string, string, number, string])[] | null;
}

const MILLISECONDS = (time: string): string => `round(date_part('epoch', ${time}) * 1000)`;

/**
 * There is one ticket of an id at most, so LIMIT changes nothing; but it makes the planner look up one after the other. It
 * would read a whole project where nobody has analysed the tables yet.
 */
const FIND = `
  SELECT ticket.external_id AS "externalId", ticket.id, ticket.graph_id AS "graphId",
         ticket.initial_phase_id AS "initialPhase", ticket.phase_id AS phase, ticket.resume_phase_id AS "resumePhase",
         ticket.title, ${MILLISECONDS('ticket.created_at')} AS "createdAt", created.actor AS "createdBy",
         ticket.transition_count AS "transitionCount", ticket.version, ticket.archived_at IS NOT NULL AS archived,
         (SELECT json_agg(json_build_array(from_phase, to_phase, ${MILLISECONDS('move.created_at')}, transitioned_by)
                          ORDER BY sequence)
            FROM phase_history move WHERE move.ticket_id = ticket.id AND sequence <= $4) AS moves
    FROM unnest($3::varchar[]) AS sought (id)
   CROSS JOIN LATERAL (SELECT * FROM tickets
                        WHERE project_id = $1 AND external_source = $2 AND external_id = sought.id LIMIT 1) AS ticket
    LEFT JOIN ticket_events created
      ON created.ticket_id = ticket.id AND created.version = 1 AND created.type = 'created'`;

/** Where what is stored already is looked up. */
export interface StoredTickets {
  /**
   * Tickets by the ids that they have at their source; those that are not stored are missing.
   *
   * @param moves how many of its first moves are read of each, at most
   */
  find(externalIds: readonly string[], moves: number): Promise<ReadonlyMap<string, StoredTicket>>;
}

/** For a dry run on a database that is empty yet. */
export const NOTHING_STORED: StoredTickets = { find: () => Promise.resolve(new Map()) };

export class TicketsOfSource implements StoredTickets {
  constructor(
    private readonly session: Session,
    private readonly owner: Owner,
  ) {}

  async find(externalIds: readonly string[], moves: number): Promise<ReadonlyMap<string, StoredTicket>> {
    const values = [this.owner.projectId, this.owner.source, externalIds, moves];
    const { rows } = await this.session.query<FoundTicket>({ name: 'find-tickets', text: FIND, values });
    return new Map(
      rows.map(({ externalId, moves: found, ...ticket }) => [externalId, { ...ticket, moves: movesOf(found) }]),
    );
  }
}

function movesOf(found: FoundTicket['moves']): StoredMove[] {
  return (found ?? []).map(([from, to, at, by]) => ({ from, to, at, by }));
}
