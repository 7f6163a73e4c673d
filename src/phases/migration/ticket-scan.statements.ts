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

const GROUPS = `SELECT ${SCANNED}, count(*)::integer AS tickets FROM tickets`;
const BY_PHASE = 'GROUP BY phase_id, resume_phase_id, archived_at IS NOT NULL';

/**
 * Counts the tickets of a version by phase. Tickets that change during the scan are counted once or not at all.
 *
 * @param projectId the project of the workflow, whose tickets alone are read; null: tickets of all projects can have it
 */
export function groupTickets(
  manager: EntityManager,
  { graphId, projectId }: { readonly graphId: number; readonly projectId: string | null },
): Promise<TicketGroup[]> {
  return projectId === null ? groupAll(manager, graphId) : groupOfProject(manager, graphId, projectId);
}

async function groupAll(manager: EntityManager, graphId: number): Promise<TicketGroup[]> {
  const groups: TicketGroup[] = [];
  let after: string | null = null;
  do {
    const range: TicketRange = await nextRange(manager, after, COUNTED);
    const text = `${GROUPS} WHERE ${IN_RANGE} AND graph_id = $3 ${BY_PHASE}`;
    groups.push(...(await manager.query<TicketGroup[]>(text, [range.after, range.until, graphId])));
    after = range.until;
  } while (after !== null);
  return groups;
}

/** Reads ranges of the index of the project by time, because neither the time of a creation nor the project changes. */
async function groupOfProject(manager: EntityManager, graphId: number, projectId: string): Promise<TicketGroup[]> {
  const groups: TicketGroup[] = [];
  const behind = `project_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid))`;
  let last: { at: Date; id: string } | undefined;
  do {
    const range = [projectId, last?.at ?? null, last?.id ?? null];
    [last] = await manager.query<{ at: Date; id: string }[]>(
      `SELECT created_at AS at, id FROM tickets WHERE ${behind} ORDER BY created_at, id OFFSET $4 LIMIT 1`,
      [...range, COUNTED - 1],
    );
    const until = `($4::timestamptz IS NULL OR (created_at, id) <= ($4, $5::uuid))`;
    const text = `${GROUPS} WHERE ${behind} AND ${until} AND graph_id = $6 ${BY_PHASE}`;
    groups.push(...(await manager.query<TicketGroup[]>(text, [...range, last?.at ?? null, last?.id ?? null, graphId])));
  } while (last !== undefined);
  return groups;
}
