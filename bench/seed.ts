import { Client } from 'pg';
import { COURSES, MOVES_BEHIND, TIMES } from './tickets';

/** Tickets that one statement makes. */
const PORTION = 100_000;

/** $1 first ticket, $2 last ticket, $3 all phases of all courses, one after the other. */
const NUMBERED = `
  SELECT n, n % ${COURSES.length} * ${MOVES_BEHIND + 1} AS course,
         (lpad(to_hex(${TIMES.first} + n * ${TIMES.step}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
         to_timestamp((${TIMES.first} + n * ${TIMES.step}) / 1000.0) AS created_at,
         $3::varchar[] AS phases
    FROM generate_series($1::bigint, $2::bigint) AS n
  OFFSET 0`; // A fence: else all of it would be worked out again for each history row.

const TICKETS = `
  INSERT INTO tickets (id, title, description, initial_phase_id, phase_id, previous_phase_id, phase_entered_at,
                       transition_count, version, created_at, updated_at)
  SELECT id, 'Ticket number ' || n, repeat('What is to be done, and why. ', 7),
         phases[course + 1], phases[course + ${MOVES_BEHIND + 1}], phases[course + ${MOVES_BEHIND}],
         created_at + interval '10 minutes' * ${MOVES_BEHIND}, ${MOVES_BEHIND}, ${MOVES_BEHIND + 1},
         created_at, created_at + interval '10 minutes' * ${MOVES_BEHIND}
    FROM (${NUMBERED}) AS numbered ORDER BY n`;

const HISTORY = `
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
                             graph_id, version, created_at)
  SELECT id, sequence, gen_random_uuid(), phases[course + sequence], phases[course + sequence + 1],
         'As was agreed in the review', 'agent-' || n % 50,
         (SELECT id FROM graphs WHERE workflow = 'sdlc' AND version = 1), sequence + 1,
         created_at + interval '10 minutes' * sequence
    FROM (${NUMBERED}) AS numbered, generate_series(1, ${MOVES_BEHIND}) AS sequence ORDER BY n, sequence`;

/** One for the creation, and one a move. */
const EVENTS = `
  INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence)
  SELECT id, version, CASE WHEN version = 1 THEN 'created' ELSE 'moved' END, 'agent-' || n % 50,
         created_at + interval '10 minutes' * (version - 1), CASE WHEN version > 1 THEN version - 1 END
    FROM (${NUMBERED}) AS numbered, generate_series(1, ${MOVES_BEHIND + 1}) AS version ORDER BY n, version`;

/** Indexes that stand behind no constraint: making them afterwards takes a fraction of the time. */
const SECONDARY_INDEXES = `
  SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index
   WHERE indrelid IN ('tickets'::regclass, 'phase_history'::regclass)
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;

/**
 * Fills a migrated, empty database with tickets that have moved along legal ways, see `tickets.ts`. The triggers rest
 * meanwhile. Afterwards the database is as if it had been so for long: vacuumed, analysed and on the disk.
 *
 * @param say is told how far it is, when it takes long
 */
export async function seed(url: string, tickets: number, say: (line: string) => void): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(
      `SET session_replication_role = replica; SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'`,
    );
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(SECONDARY_INDEXES);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    await fill(client, tickets, say);
    for (const { definition } of indexes) await client.query(definition);
    await client.query('VACUUM (FREEZE, ANALYZE) tickets, phase_history, ticket_events');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function fill(client: Client, tickets: number, say: (line: string) => void): Promise<void> {
  const phases = COURSES.flat();
  for (let first = 0; first < tickets; first += PORTION) {
    const last = Math.min(first + PORTION, tickets) - 1;
    await client.query(TICKETS, [first, last, phases]);
    await client.query(HISTORY, [first, last, phases]);
    await client.query(EVENTS, [first, last, phases]);
    if (tickets > PORTION) say(`  ${last + 1} of ${tickets} tickets made`);
  }
}
