import { randomUUID } from 'node:crypto';
import { Client, DatabaseError } from 'pg';
import { define, version } from './workflows';

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
 * Ids of one test. SQL refers to them in braces, such as '{moved}'.
 *
 * - `new` is in BACKLOG and has no transition
 * - `moved` moved from BACKLOG to REQUIREMENTS and to DESIGN
 * - `other` moved from BACKLOG to REQUIREMENTS
 * - `idle` and `chore` are like `new` and `moved`, under version 1 of the workflow `workflow`; see `graphs.ts`
 * - `missing` is an id without a ticket
 */
export type Cast = Record<Role | 'workflow', string>;
export type Role = 'new' | 'moved' | 'other' | 'idle' | 'chore' | 'missing';

/** Statement that inserts a ticket with the event of its creation. */
export function create(role: Role, phase = 'BACKLOG', graph = '1'): string {
  return withEvents(
    `INSERT INTO tickets (id, title, initial_phase_id, phase_id, graph_id)
       VALUES ('{${role}}', 'x', '${phase}', '${phase}', ${graph})
       RETURNING id AS ticket_id, version, 'created', created_at, NULL::integer`,
  );
}

/** Statement that changes columns of a ticket and makes a new version with its event. */
export function edit(role: Role, columns: string, type = 'edited'): string {
  return withEvents(
    `UPDATE tickets SET ${columns}, version = version + 1 WHERE id = '{${role}}'
       RETURNING id, version, '${type}', updated_at, NULL::integer`,
  );
}

/** Statement of a transition that updates the ticket. */
export function move(role: Role, count: number, from: string, to: string): string {
  return `UPDATE tickets SET phase_id = '${to}', previous_phase_id = '${from}', transition_count = ${count},
            version = version + greatest(${count} - transition_count, 0) WHERE id = '{${role}}'`;
}

/** Statement of a transition that inserts the history row and its event. */
export function record(role: Role, sequence: number, from: string, to: string, at = 'clock_timestamp()'): string {
  return withEvents(`${row(role, sequence, from, to, at)} ${MOVED_EVENT}`);
}

/** Statement that inserts a history row without its event. */
export function row(role: Role, sequence: number, from: string, to: string, at = 'clock_timestamp()'): string {
  return `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version, created_at)
            VALUES ('{${role}}', ${sequence}, gen_random_uuid(), '${from}', '${to}', 1, ${sequence} + 1, ${at})`;
}

/** Returns the event of a history row, for `withEvents`. */
export const MOVED_EVENT = `RETURNING ticket_id, version, CASE kind WHEN 'transition' THEN 'moved' ELSE 'migrated' END,
  created_at, sequence`;

/** Adds the events of rows to the statement that writes and returns them. */
export function withEvents(statement: string): string {
  return `WITH event (ticket_id, version, type, at, sequence) AS (${statement})
            INSERT INTO ticket_events (ticket_id, version, type, at, sequence) SELECT * FROM event`;
}

/** Statement of a history row under another graph, with its event. */
export function recordUnder(
  graph: string,
  [role, sequence, from, to]: [Role, number, string, string],
  kind = 'transition',
): string {
  return withEvents(
    `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version, kind)
       VALUES ('{${role}}', ${sequence}, gen_random_uuid(), '${from}', '${to}', ${graph}, ${sequence} + 1, '${kind}') ${MOVED_EVENT}`,
  );
}

/** Both statements of a transition. */
export function whole(role: Role, count: number, from: string, to: string): string[] {
  return [move(role, count, from, to), record(role, count, from, to)];
}

/** Both statements of a transition under another graph. */
export function wholeUnder(graph: string, role: Role, count: number, from: string, to: string): string[] {
  return [move(role, count, from, to), recordUnder(graph, [role, count, from, to])];
}

const OWN_WORKFLOW = [
  ...define(1),
  ...define(2),
  ...(['idle', 'chore'] as const).map((role) => create(role, 'BACKLOG', version(1))),
  ...wholeUnder(version(1), 'chore', 1, 'BACKLOG', 'REQUIREMENTS'),
  ...wholeUnder(version(1), 'chore', 2, 'REQUIREMENTS', 'DESIGN'),
];

/** @param hasWorkflow false: without `workflow`, `idle` and `chore` */
export async function createCast(client: Client, hasWorkflow = true): Promise<Cast> {
  const names = ['new', 'moved', 'other', 'idle', 'chore', 'missing', 'workflow'] as const;
  const cast = Object.fromEntries(names.map((name) => [name, randomUUID()])) as Cast;
  const steps = [
    ...(['new', 'moved', 'other'] as const).map((role) => create(role)),
    ...whole('moved', 1, 'BACKLOG', 'REQUIREMENTS'),
    ...whole('moved', 2, 'REQUIREMENTS', 'DESIGN'),
    ...whole('other', 1, 'BACKLOG', 'REQUIREMENTS'),
    ...(hasWorkflow ? OWN_WORKFLOW : []),
  ];
  await client.query('BEGIN');
  for (const step of steps) await client.query(withCast(step, cast));
  await client.query('COMMIT');
  return cast;
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
  return sql.replaceAll(/\{(\w+)\}/g, (text, name: string) => (name in cast ? cast[name as Role] : text));
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
  const tables = (
    'tickets phase_history ticket_events graphs graph_edges graph_phases workflow_migrations ' +
    'workflows projects api_keys idempotency_keys unsettled_moves'
  ).split(' ');
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
