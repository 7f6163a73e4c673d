import type { EntityManager } from 'typeorm';

/**
 * A range of tickets by id. Scans read ranges of the primary key: no index leads from a version to its tickets, because every
 * transition would pay for it, and a range keeps each statement short.
 */
export interface TicketRange {
  /** The range begins after this ticket; null: with the first ticket. */
  readonly after: string | null;
  /** The last ticket of the range; null: the range ends with the last ticket. */
  readonly until: string | null;
}

/** Returns the range of at most `length` tickets after a ticket. */
export async function nextRange(manager: EntityManager, after: string | null, length: number): Promise<TicketRange> {
  const text = `SELECT id FROM tickets WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id OFFSET $2 LIMIT 1`;
  const [last] = await manager.query<{ id: string }[]>(text, [after, length - 1]);
  return { after, until: last?.id ?? null };
}

const IN_RANGE = `($1::uuid IS NULL OR id > $1) AND ($2::uuid IS NULL OR id <= $2)`;

/** A ticket as a scan reads it, without a lock. */
export interface ScannedTicket {
  readonly id: string;
  readonly phase: string;
  readonly resumePhase: string | null;
  readonly archived: boolean;
}

const SCANNED = `phase_id AS phase, resume_phase_id AS "resumePhase", archived_at IS NOT NULL AS archived`;

/** Lists the first tickets of a version in a range, by id. */
export function scanTickets(
  manager: EntityManager,
  { after, until }: TicketRange,
  graphId: number,
  limit: number,
): Promise<ScannedTicket[]> {
  const text = `SELECT id, ${SCANNED} FROM tickets WHERE ${IN_RANGE} AND graph_id = $3 ORDER BY id LIMIT $4`;
  return manager.query(text, [after, until, graphId, limit]);
}

/** The number of tickets of a version that have the same phase and resume phase. */
export interface TicketGroup extends Omit<ScannedTicket, 'id'> {
  readonly tickets: number;
}

/** Tickets that one statement counts. */
const COUNTED = 20_000;

/** Counts the tickets of a version by phase. Tickets that change during the scan are counted once or not at all. */
export async function groupTickets(manager: EntityManager, graphId: number): Promise<TicketGroup[]> {
  const text = `
    SELECT ${SCANNED}, count(*)::integer AS tickets FROM tickets WHERE ${IN_RANGE} AND graph_id = $3
      GROUP BY phase_id, resume_phase_id, archived_at IS NOT NULL`;
  const groups: TicketGroup[] = [];
  let after: string | null = null;
  do {
    const range: TicketRange = await nextRange(manager, after, COUNTED);
    groups.push(...(await manager.query<TicketGroup[]>(text, [range.after, range.until, graphId])));
    after = range.until;
  } while (after !== null);
  return groups;
}
