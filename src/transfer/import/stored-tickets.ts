import type { Session } from './session';

/** A stored ticket. Times are milliseconds since 1970. */
export interface StoredTicket {
  readonly id: string;
  readonly graphId: number;
  readonly initialPhase: string;
  readonly phase: string;
  readonly resumePhase: string | null;
  readonly title: string;
  readonly createdAt: number;
  /** Null when unknown. */
  readonly createdBy: string | null;
  readonly transitionCount: number;
  readonly version: number;
  readonly archived: boolean;
  /** Its first transitions, at least as many as the log has. */
  readonly moves: readonly StoredMove[];
}

export interface StoredMove {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly by: string;
}

/** The project and source that identify tickets, together with their ids in that source. */
export interface Owner {
  readonly projectId: string;
  readonly source: string;
}

/**
 * A row of the query. Times are milliseconds and transitions are arrays, which is cheaper than the conversions of the
 * driver.
 */
interface FoundTicket extends Omit<StoredTicket, 'moves'> {
  readonly externalId: string;
  readonly moves: readonly (readonly [string, string, number, string])[] | null;
}

const MILLISECONDS = (time: string): string => `round(date_part('epoch', ${time}) * 1000)`;

/**
 * An id has at most one ticket, so LIMIT does not change the result, but makes the planner look up one id after the
 * other. Without it, the planner would read a whole project while the tables have no statistics.
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

/** Reads stored tickets. */
export interface StoredTickets {
  /**
   * Returns the stored tickets by their ids in the source.
   *
   * @param moves the maximum number of first transitions to read of each ticket
   */
  find(externalIds: readonly string[], moves: number): Promise<ReadonlyMap<string, StoredTicket>>;
}

/** For a dry run on an empty database. */
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
