import type { QueryConfig } from 'pg';
import type { EntityMetadata } from 'typeorm';
import { insertEvents } from '../tickets/ticket-event.statements';
import type { Ticket } from '../tickets/ticket.entity';
import type { CommittedTransition } from './transition';

/**
 * The statements that lock tickets and write phases: a fast one for live transitions and a general one for imports and
 * migrations. Each writes tickets, history and events at once, because the integrity constraints of the database check them
 * when a statement ends. They take any number of rows and are named: a connection plans each of them once.
 */

/** The handling of tickets that other transactions have locked. */
export type LockMode = 'skip' | 'wait';

/** The tickets to lock. Tickets of other projects are neither locked nor waited for. */
export interface RequestedTickets {
  readonly ids: readonly string[];
  /** Null: all projects. */
  readonly projects: readonly string[] | null;
}

/**
 * Locks tickets and reads them. Ids ascend, which is the lock order of all writers; NO KEY UPDATE does not block the
 * foreign-key checks of other transactions. The clock is read outside the locking query, that is, after the locks.
 */
export class LockStatements {
  private readonly texts: Readonly<Record<LockMode, string>>;

  constructor(tickets: EntityMetadata) {
    const columns = tickets.columns.map(({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`);
    const text = (skip: string) => `
      SELECT locked.*, clock_timestamp()::timestamptz(3) AS "lockedAt"
        FROM (SELECT ${columns.join(', ')} FROM tickets
               WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))
               ORDER BY id FOR NO KEY UPDATE ${skip}) AS locked`;
    this.texts = { skip: text('SKIP LOCKED'), wait: text('') };
  }

  lock({ ids, projects }: RequestedTickets, mode: LockMode): QueryConfig {
    return { name: `lock-${mode}`, text: this.texts[mode], values: [ids, projects] };
  }
}

/** Finds tickets that exist, locked or not. */
export function findTickets({ ids, projects }: RequestedTickets): QueryConfig {
  const text = `
    SELECT id, project_id AS "projectId" FROM tickets
      WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR project_id = ANY ($2::uuid[]))`;
  return { name: 'find-tickets', text, values: [ids, projects] };
}

/** Finds the transitions that are committed, by the ids of their history rows. */
export function findTransitions(moves: readonly CommittedTransition[]): QueryConfig {
  const text = `
    SELECT history.id FROM unnest($1::uuid[], $2::int[], $3::uuid[]) AS sought (ticket_id, sequence, id)
      JOIN phase_history history USING (ticket_id, sequence, id)`;
  const rows = moves.map(({ transition }) => transition);
  const values = [rows.map(({ ticketId }) => ticketId), rows.map(({ sequence }) => sequence), rows.map(({ id }) => id)];
  return { name: 'find-transitions', text, values };
}

const HISTORY_COLUMNS =
  'ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind, ' +
  'graph_id, version, created_at';

/** Inserts the rows of the CTE `moves`. */
const INSERT_HISTORY = `INSERT INTO phase_history (${HISTORY_COLUMNS}) SELECT ${HISTORY_COLUMNS} FROM moves`;

const WRITE_TRANSITIONS = `
  WITH moves AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::varchar[], $5::varchar[], $6::text[], $7::varchar[],
        $8::varchar[], $9::jsonb[], $10::varchar[], $11::int[], $12::int[], $13::timestamptz[], $14::varchar[], $15::boolean[],
        $16::varchar[])
      AS move (${HISTORY_COLUMNS}, resume_phase_id, is_last, actor)
  ), moved AS (
    UPDATE tickets SET phase_id = move.to_phase, previous_phase_id = move.from_phase,
        resume_phase_id = move.resume_phase_id, phase_entered_at = move.created_at,
        transition_count = move.sequence, version = move.version,
        updated_at = greatest(tickets.updated_at, move.created_at)
      FROM moves AS move WHERE tickets.id = move.ticket_id AND move.is_last
  ), events AS (
    ${insertEvents('moves', { type: "'moved'", at: 'created_at', changes: 'NULL::jsonb' })}
  )
  ${INSERT_HISTORY}`;

/**
 * Writes live transitions: their history rows and events, and the phase that each ticket has after its last one.
 *
 * @param moves of one ticket in the order of their sequence
 * @param tickets as their last move left them
 */
export function writeTransitions(moves: readonly CommittedTransition[], tickets: readonly Ticket[]): QueryConfig {
  const last = new Set(tickets);
  const rows = moves.map(({ transition }) => transition);
  const values = [
    rows.map(({ ticketId }) => ticketId),
    rows.map(({ sequence }) => sequence),
    rows.map(({ id }) => id),
    rows.map(({ fromPhase }) => fromPhase),
    rows.map(({ toPhase }) => toPhase),
    rows.map(({ transitionReason }) => transitionReason),
    rows.map(({ transitionedBy }) => transitionedBy),
    rows.map(({ actorKind }) => actorKind),
    rows.map(({ artifacts }) => (artifacts === null ? null : JSON.stringify(artifacts))),
    rows.map(({ kind }) => kind),
    rows.map(({ graphId }) => graphId),
    rows.map(({ version }) => version),
    rows.map(({ createdAt }) => createdAt.toISOString()),
    moves.map(({ ticket }) => ticket.resumePhaseId),
    moves.map(({ ticket }) => last.has(ticket)),
    moves.map(({ actor }) => actor),
  ];
  return { name: 'write-transitions', text: WRITE_TRANSITIONS, values };
}

const TICKET_MEMBERS = `
  id uuid, project varchar, project_id uuid, workflow varchar, workflow_version integer, graph_id integer, title varchar,
  description text, priority varchar, initial_phase_id varchar, phase_id varchar, previous_phase_id varchar,
  resume_phase_id varchar, phase_entered_at timestamptz, transition_count integer, version integer,
  external_source varchar, external_id varchar, created_at timestamptz, updated_at timestamptz, archived_at timestamptz,
  is_phase_only boolean`;

const TICKET_COLUMNS =
  'title, description, priority, initial_phase_id, phase_id, previous_phase_id, resume_phase_id, phase_entered_at, ' +
  'transition_count, version, external_source, external_id, created_at, updated_at, archived_at';

/** The graph of a row: by its id, or else by the key and the version of its workflow. */
function graphOf(row: string): string {
  return `coalesce(${row}.graph_id, (SELECT id FROM graphs
    WHERE graphs.workflow = ${row}.workflow AND graphs.version = ${row}.workflow_version))`;
}

/** Keeps the stored value of a column where only the phase changes. */
function changedValue(column: string): string {
  return `${column} = CASE WHEN changed.is_phase_only THEN tickets.${column} ELSE changed.${column} END`;
}

const WRITE_RECORDS = `
  WITH created AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ticket (${TICKET_MEMBERS})
  ), changed AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::json) AS ticket (${TICKET_MEMBERS})
  ), moves AS MATERIALIZED (
    SELECT ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind,
        ${graphOf('move')} AS graph_id, version, created_at
      FROM json_to_recordset($3::json) AS move (ticket_id uuid, sequence integer, id uuid, from_phase varchar,
        to_phase varchar, transition_reason text, transitioned_by varchar, actor_kind varchar, artifacts jsonb,
        kind varchar, workflow varchar, workflow_version integer, graph_id integer, version integer,
        created_at timestamptz)
  ), inserted AS (
    INSERT INTO tickets (id, project_id, graph_id, ${TICKET_COLUMNS})
      SELECT id, coalesce(project_id, (SELECT id FROM projects WHERE key = created.project)), ${graphOf('created')},
          ${TICKET_COLUMNS}
        FROM created
  ), updated AS (
    UPDATE tickets SET graph_id = ${graphOf('changed')}, phase_id = changed.phase_id,
        previous_phase_id = changed.previous_phase_id, resume_phase_id = changed.resume_phase_id,
        phase_entered_at = changed.phase_entered_at, transition_count = changed.transition_count,
        version = changed.version, updated_at = greatest(tickets.updated_at, changed.updated_at),
        ${['title', 'description', 'priority', 'archived_at'].map(changedValue).join(', ')}
      FROM changed WHERE tickets.id = changed.id
  ), events AS (
    ${insertEvents(
      `json_to_recordset($4::json) AS event (ticket_id uuid, version integer, event_type varchar, actor varchar,
        actor_kind varchar, at timestamptz, sequence integer, changes jsonb)`,
      { type: 'event_type' },
    )}
  )
  ${INSERT_HISTORY}`;

/**
 * Rows of the general statement, each list as the text of a JSON array. Rows have the members of an export's lines; a row may
 * name its project and its graph by `project_id` and `graph_id` instead. The database reads the members itself, so texts,
 * times and JSON are stored as they are written.
 */
export interface RecordRows {
  /** New tickets. */
  readonly created?: string;
  /** Stored tickets in their new state. With `is_phase_only` the columns that do not belong to the phase stay. */
  readonly changed?: string;
  readonly moves?: string;
  readonly events?: string;
}

/** Writes tickets with rows of their history and events, for imports and migrations. */
export function writeRecords({ created = '[]', changed = '[]', moves = '[]', events = '[]' }: RecordRows): QueryConfig {
  return { name: 'write-records', text: WRITE_RECORDS, values: [created, changed, moves, events] };
}
