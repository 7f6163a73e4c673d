import { uuidv7 } from '../../src/database/storable';
import type { WorkflowVersions } from '../../src/audit/workflow-versions';
import type { StoredGraph } from '../../src/audit/stored-graph';
import type { EventRow, HistoryRow, TicketRow } from '../../src/audit/ticket-record';
import type { TestDatabase } from '../../testkit/database';
import { setTriggers } from '../../testkit/triggers';
import { FIELDS, type MutableRecord, type RecordStep, soundRecord, soundRecordUnder } from './sound-record';

/**
 * Inserts a sound ticket of the built-in workflow without the application, with the integrity constraints enabled.
 *
 * @returns its id
 */
export function insertSoundTicket(database: TestDatabase, initial: string, ...steps: RecordStep[]): Promise<string> {
  return insertRecord(database, soundRecord(initial, ...steps));
}

/** Inserts a sound ticket of another workflow. */
export function insertSoundTicketUnder(
  database: TestDatabase,
  versions: WorkflowVersions,
  graphId: number,
  initial: string,
  ...steps: RecordStep[]
): Promise<string> {
  return insertRecord(database, soundRecordUnder(versions, graphId, initial, ...steps));
}

const INSERT_RUN = `
  INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind, finished_at)
    VALUES ($1, $2, $3, 0, 'x', 'human', clock_timestamp())`;

/** Inserts graphs with their ids, the keys of their workflows and the runs of plans. */
export async function insertGraphs(database: TestDatabase, graphs: readonly StoredGraph[]): Promise<void> {
  await database.query('BEGIN');
  for (const { id, workflow, version, kind, definition, fromGraphId, toGraphId, edges } of graphs) {
    if (definition !== null) {
      await database.query('INSERT INTO workflows (key) VALUES ($1) ON CONFLICT DO NOTHING', [workflow]);
    }
    await database.query(
      `INSERT INTO graphs (id, workflow, version, kind, from_graph_id, to_graph_id, definition, digest)
       VALUES ($1, $2, $3, $4, $5, $6, $7::text::json, sha256(convert_to($7::text, 'UTF8')))`,
      [id, workflow, version, kind, fromGraphId, toGraphId, definition && JSON.stringify(definition)],
    );
    await database.query(
      'INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])',
      [id, edges.map(({ from }) => from), edges.map(({ to }) => to)],
    );
    if (kind === 'migration') await database.query(INSERT_RUN, [uuidv7(), id, fromGraphId]);
  }
  await database.query('COMMIT');
}

/** Runs SQL as a superuser with the integrity constraints disabled. */
export async function corrupt(database: Pick<TestDatabase, 'query'>, ...statements: string[]): Promise<void> {
  await setTriggers(database, 'DISABLE');
  for (const statement of ['SET session_replication_role = replica', ...statements, 'RESET session_replication_role']) {
    await database.query(statement);
  }
  await setTriggers(database, 'ENABLE ALWAYS');
}

async function insertRecord(database: TestDatabase, { ticket, moves, events }: MutableRecord): Promise<string> {
  const id = uuidv7();
  await database.query('BEGIN');
  await insertTicket(database, id, ticket);
  for (const move of moves) await insertMove(database, id, move);
  for (const event of events) await insertEvent(database, id, event);
  await database.query('COMMIT');
  return id;
}

async function insertTicket(database: TestDatabase, id: string, ticket: TicketRow): Promise<void> {
  const { graphId, initialPhase, phase, previousPhase, resumePhase, transitionCount, version, archivedAt } = ticket;
  const timeOf = (time: number | null): Date | null => (time === null ? null : new Date(time));
  const phases = [id, graphId, initialPhase, phase, previousPhase, resumePhase, transitionCount, version];
  const times = [ticket.phaseEnteredAt, ticket.createdAt, ticket.updatedAt, archivedAt].map(timeOf);
  await database.query(
    `INSERT INTO tickets (id, title, graph_id, initial_phase_id, phase_id, previous_phase_id, resume_phase_id,
                          transition_count, version, phase_entered_at, created_at, updated_at, archived_at)
     VALUES ($1, 'Sound', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [...phases, ...times],
  );
}

async function insertMove(database: TestDatabase, ticketId: string, move: HistoryRow): Promise<void> {
  const { sequence, from, to, kind, graphId, met, version, at } = move;
  const reason = met.reason ? 'Why not' : null;
  const artifacts = met.artifacts ? { photo: 'before.png' } : null;
  await database.query(
    `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, kind, graph_id, transition_reason,
                                artifacts, version, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [ticketId, sequence, uuidv7(), from, to, kind, graphId, reason, artifacts, version, new Date(at)],
  );
}

async function insertEvent(database: TestDatabase, ticketId: string, event: EventRow): Promise<void> {
  const { version, type, at, sequence, workflowVersion, recorded } = event;
  const changes = workflowVersion === null ? { title: FIELDS.title } : { workflow_version: workflowVersion };
  await database.query(
    `INSERT INTO ticket_events (ticket_id, version, type, at, sequence, changes) VALUES ($1, $2, $3, $4, $5, $6)`,
    [ticketId, version, type, new Date(at), sequence, recorded ? changes : null],
  );
}
