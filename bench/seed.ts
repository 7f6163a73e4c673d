import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../ormconfig';
import type { DatabaseClient } from '../src/database/connection';
import { inTransaction } from '../src/database/transaction';
import type { CompleteWorkflow } from '../src/machine/workflow';
import { storeVersion } from '../src/workflows/workflow-statements';
import { withClient } from '../testkit/cluster';
import { setTriggers } from '../testkit/triggers';
import { PAST_TRANSITIONS, TIMES, type Workload } from './workload';

/** Tickets per statement. */
const BATCH = 100_000;

/** $1 first ticket, $2 last ticket, $3 paths, the phases of each separated by blanks, $4 workflow. */
const NUMBERED = `
  SELECT n, (SELECT max(id) FROM graphs WHERE workflow = $4) AS graph_id,
         (lpad(to_hex(${TIMES.first} + n * ${TIMES.step}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
         to_timestamp((${TIMES.first} + n * ${TIMES.step}) / 1000.0) AS created_at,
         string_to_array(($3::text[])[n % cardinality($3::text[]) + 1], ' ') AS phases
    FROM generate_series($1::bigint, $2::bigint) AS n
  OFFSET 0`; // An optimization fence: without it, the planner computes all of this again for each history row.

const TICKETS = `
  INSERT INTO tickets (id, graph_id, title, description, initial_phase_id, phase_id, previous_phase_id,
                       phase_entered_at, transition_count, version, created_at, updated_at)
  SELECT id, graph_id, 'Ticket number ' || n, repeat('What is to be done, and why. ', 7),
         phases[1], phases[${PAST_TRANSITIONS + 1}], phases[${PAST_TRANSITIONS}],
         created_at + interval '10 minutes' * ${PAST_TRANSITIONS}, ${PAST_TRANSITIONS}, ${PAST_TRANSITIONS + 1},
         created_at, created_at + interval '10 minutes' * ${PAST_TRANSITIONS}
    FROM (${NUMBERED}) AS numbered ORDER BY n`;

const HISTORY = `
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by,
                             graph_id, version, created_at)
  SELECT id, sequence, gen_random_uuid(), phases[sequence], phases[sequence + 1],
         'As was agreed in the review', 'agent-' || n % 50, graph_id, sequence + 1,
         created_at + interval '10 minutes' * sequence
    FROM (${NUMBERED}) AS numbered, generate_series(1, ${PAST_TRANSITIONS}) AS sequence ORDER BY n, sequence`;

/** One event for the creation, and one per transition. */
const EVENTS = `
  INSERT INTO ticket_events (ticket_id, version, type, actor, at, sequence)
  SELECT id, version, CASE WHEN version = 1 THEN 'created' ELSE 'moved' END, 'agent-' || n % 50,
         created_at + interval '10 minutes' * (version - 1), CASE WHEN version > 1 THEN version - 1 END
    FROM (${NUMBERED}) AS numbered, generate_series(1, ${PAST_TRANSITIONS + 1}) AS version ORDER BY n, version`;

/** Indexes without a constraint. Creating them after the rows takes a fraction of the time. */
const SECONDARY_INDEXES = `
  SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index
   WHERE indrelid IN ('tickets'::regclass, 'phase_history'::regclass)
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;

/**
 * Fills a migrated, empty database with tickets that have taken the workload's paths; see `workload.ts`. Triggers are off
 * meanwhile. Afterwards the database is vacuumed, analysed and checkpointed.
 *
 * @param log receives the progress of a large database
 */
export async function seed(
  url: string,
  tickets: number,
  log: (line: string) => void,
  workload: Workload,
): Promise<void> {
  if (workload.definition !== undefined) await define(url, workload.definition);
  await withClient(url, async (client) => {
    await setTriggers(client, 'DISABLE');
    await client.query(
      `SET session_replication_role = replica; SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'`,
    );
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(SECONDARY_INDEXES);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    await fill(client, tickets, log, workload);
    for (const { definition } of indexes) await client.query(definition);
    await setTriggers(client, 'ENABLE ALWAYS');
    await client.query('VACUUM (FREEZE, ANALYZE) tickets, phase_history, ticket_events, graphs, graph_edges');
    await client.query('CHECKPOINT');
  });
}

async function define(url: string, definition: CompleteWorkflow): Promise<void> {
  const database = await new DataSource(dataSourceOptions(url)).initialize();
  await inTransaction(database, (manager) => storeVersion(manager, definition, null)).finally(() => database.destroy());
}

async function fill(
  client: DatabaseClient,
  tickets: number,
  log: (line: string) => void,
  { workflow, paths }: Workload,
): Promise<void> {
  const phases = paths.map((path) => path.join(' '));
  for (let first = 0; first < tickets; first += BATCH) {
    const last = Math.min(first + BATCH, tickets) - 1;
    for (const statement of [TICKETS, HISTORY, EVENTS]) {
      await client.query(statement, [first, last, phases, workflow]);
    }
    if (tickets > BATCH) log(`  ${last + 1} of ${tickets} tickets created`);
  }
}
