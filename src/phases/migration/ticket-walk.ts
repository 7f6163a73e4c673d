import type { EntityManager } from 'typeorm';

/**
 * Walks through all tickets by id, a stretch at a time. No index leads from a version to its tickets, because every move
 * would pay for it; the primary key leads through all of them, however many there are, in statements that are all short.
 */
export interface Stretch {
  /** The ticket before the first one; null: the first one is the first of all. */
  readonly after: string | null;
  /** The last ticket; null: it leads to the end of all tickets. */
  readonly until: string | null;
}

/** The stretch of tickets that begins after one, and is this long. */
export async function stretchAfter(manager: EntityManager, after: string | null, length: number): Promise<Stretch> {
  const text = `SELECT id FROM tickets WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id OFFSET $2 LIMIT 1`;
  const [last] = await manager.query<{ id: string }[]>(text, [after, length - 1]);
  return { after, until: last?.id ?? null };
}

/** Says of a stretch, with parameters `$1` and `$2`, that a ticket is in it. */
const IN_STRETCH = `($1::uuid IS NULL OR id > $1) AND ($2::uuid IS NULL OR id <= $2)`;

/** A ticket as the walk sees it, without a lock. */
export interface SeenTicket {
  readonly id: string;
  readonly phase: string;
  readonly resumePhase: string | null;
  readonly archived: boolean;
}

const SEEN = `phase_id AS phase, resume_phase_id AS "resumePhase", archived_at IS NOT NULL AS archived`;

/** The first tickets of a stretch that are under a version, by id. */
export function ticketsIn(
  manager: EntityManager,
  { after, until }: Stretch,
  graphId: number,
  limit: number,
): Promise<SeenTicket[]> {
  const text = `SELECT id, ${SEEN} FROM tickets WHERE ${IN_STRETCH} AND graph_id = $3 ORDER BY id LIMIT $4`;
  return manager.query(text, [after, until, graphId, limit]);
}

/** How many tickets stand alike. */
export interface TicketCount extends Omit<SeenTicket, 'id'> {
  readonly tickets: number;
}

/** Tickets that are counted by one statement. */
const COUNTED = 20_000;

/**
 * Counts the tickets of a version by how they stand. Each ticket is counted once, as it stands when the walk comes by;
 * those that come or go meanwhile may be counted or not.
 */
export async function countTickets(manager: EntityManager, graphId: number): Promise<TicketCount[]> {
  const text = `
    SELECT ${SEEN}, count(*)::integer AS tickets FROM tickets WHERE ${IN_STRETCH} AND graph_id = $3
      GROUP BY phase_id, resume_phase_id, archived_at IS NOT NULL`;
  const counts: TicketCount[] = [];
  let after: string | null = null;
  do {
    const stretch: Stretch = await stretchAfter(manager, after, COUNTED);
    counts.push(...(await manager.query<TicketCount[]>(text, [stretch.after, stretch.until, graphId])));
    after = stretch.until;
  } while (after !== null);
  return counts;
}
