import { randomUUID } from 'node:crypto';
import { Client, DatabaseError } from 'pg';

/** A transaction that the database must reject, and its valid form, which must commit. */
export interface Attack {
  name: string;
  attack: string[];
  refusal: Refusal;
  control: string[];
}

/** Failure of a transaction. */
export interface Refusal {
  at: 'COMMIT' | 'the last statement' | `statement ${number}`;
  sqlstate: string;
  constraint: string | undefined;
}

export function atCommit(sqlstate: string, constraint: string): Refusal {
  return { at: 'COMMIT', sqlstate, constraint };
}

export function atStatement(sqlstate: string, constraint: string | undefined): Refusal {
  return { at: 'the last statement', sqlstate, constraint };
}

/**
 * Tickets of one test. SQL refers to them in braces, such as '{moved}'.
 *
 * - `new` is in BACKLOG and has no transition
 * - `moved` moved from BACKLOG to REQUIREMENTS and to DESIGN
 * - `other` moved from BACKLOG to REQUIREMENTS
 * - `missing` is an id without a ticket
 */
export type Cast = Record<'new' | 'moved' | 'other' | 'missing', string>;
export type Role = keyof Cast;

export async function createCast(client: Client): Promise<Cast> {
  const cast: Cast = { new: randomUUID(), moved: randomUUID(), other: randomUUID(), missing: randomUUID() };
  const create = (role: Role) =>
    `INSERT INTO tickets (id, title, initial_phase_id) VALUES ('{${role}}', 'x', 'BACKLOG')`;
  const steps = [create('new'), create('moved'), create('other')];
  const moves = [
    ...whole('moved', 1, 'BACKLOG', 'REQUIREMENTS'),
    ...whole('moved', 2, 'REQUIREMENTS', 'DESIGN'),
    ...whole('other', 1, 'BACKLOG', 'REQUIREMENTS'),
  ];
  await client.query(withCast([...steps, ...moves].join(';'), cast));
  return cast;
}

/** Statement of a transition that updates the ticket. */
export function move(role: Role, count: number, from: string, to: string): string {
  return `UPDATE tickets SET phase_id = '${to}', previous_phase_id = '${from}', transition_count = ${count}
            WHERE id = '{${role}}'`;
}

/** Statement of a transition that inserts the history row. */
export function record(role: Role, sequence: number, from: string, to: string, at = 'clock_timestamp()'): string {
  return `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version, created_at)
            VALUES ('{${role}}', ${sequence}, gen_random_uuid(), '${from}', '${to}', 1, 1, ${at})`;
}

/** Both statements of a transition. */
export function whole(role: Role, count: number, from: string, to: string): string[] {
  return [move(role, count, from, to), record(role, count, from, to)];
}

export async function runTransaction(client: Client, cast: Cast, steps: string[]): Promise<Refusal | 'committed'> {
  await client.query('BEGIN');
  for (const [index, step] of steps.entries()) {
    const error = await failureOf(client, withCast(step, cast));
    if (error === undefined) continue;
    await client.query('ROLLBACK');
    const at = index === steps.length - 1 ? 'the last statement' : (`statement ${index + 1}` as const);
    return { at, sqlstate: error.code ?? '', constraint: error.constraint };
  }
  const error = await failureOf(client, 'COMMIT');
  return error ? { at: 'COMMIT', sqlstate: error.code ?? '', constraint: error.constraint } : 'committed';
}

export function withCast(sql: string, cast: Cast): string {
  return sql.replaceAll(/\{(new|moved|other|missing)\}/g, (_, role: Role) => cast[role]);
}

async function failureOf(client: Client, sql: string): Promise<DatabaseError | undefined> {
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
}

/** Returns the number of rows of every table and a digest of them. Equal results mean unchanged tables. */
export async function digestTables(client: Client): Promise<unknown[]> {
  const tables = ['tickets', 'phase_history', 'graphs', 'graph_edges', 'projects', 'unsettled_moves'];
  const digests = tables.map(
    (table) => `SELECT '${table}', count(*), md5(string_agg(one::text, ' ' ORDER BY one::text)) FROM ${table} AS one`,
  );
  return (await client.query({ text: digests.join(' UNION ALL '), rowMode: 'array' })).rows;
}

/** Returns tickets of the cast, and history rows, that contradict each other. */
export async function findContradictions(client: Client, cast: Cast): Promise<unknown[]> {
  const tickets = `
    SELECT tickets.id, 'ticket' AS what FROM tickets
      LEFT JOIN (SELECT ticket_id, count(*) AS rows, max(sequence) AS newest FROM phase_history GROUP BY 1) AS history
        ON history.ticket_id = tickets.id
      LEFT JOIN phase_history AS last ON last.ticket_id = tickets.id AND last.sequence = transition_count
      WHERE transition_count <> coalesce(rows, 0) OR transition_count <> coalesce(newest, 0)
        OR phase_id <> coalesce(last.to_phase, initial_phase_id)
        OR previous_phase_id IS DISTINCT FROM last.from_phase`;
  const rows = `
    SELECT ticket_id AS id, 'row ' || sequence FROM (
      SELECT history.*, lag(to_phase, 1, initial_phase_id) OVER joined AS before,
          lag(history.created_at) OVER joined AS earlier, coalesce(graphs.to_graph_id, graphs.id) AS led,
          lead(coalesce(graphs.from_graph_id, graphs.id), 1, tickets.graph_id) OVER joined AS next
        FROM phase_history AS history
        LEFT JOIN tickets ON tickets.id = ticket_id
        LEFT JOIN graphs ON graphs.id = history.graph_id AND (graphs.kind = 'workflow') = (history.kind = 'transition')
        WINDOW joined AS (PARTITION BY ticket_id ORDER BY sequence)) AS row
      WHERE before IS DISTINCT FROM from_phase OR earlier > created_at
        OR next IS DISTINCT FROM led
          AND NOT EXISTS (SELECT FROM graphs JOIN graph_edges AS edge ON edge.graph_id = graphs.id
                            WHERE from_graph_id = led AND to_graph_id = next
                              AND edge.from_phase = row.to_phase AND edge.to_phase = row.to_phase)
        OR NOT EXISTS (SELECT FROM graph_edges AS edge WHERE edge.graph_id = row.graph_id
                         AND edge.from_phase = row.from_phase AND edge.to_phase = row.to_phase)`;
  const contradictions = `SELECT * FROM (${tickets} UNION ALL ${rows}) AS contradiction WHERE id = ANY ($1)`;
  return (await client.query(contradictions, [Object.values(cast)])).rows;
}
