import type { QueryConfig } from 'pg';
import type { LineOf } from './export-line';
import type { ExportRecord, Written } from './record';
import type { RecordStage } from './record-stages';

/**
 * Lines go to the database as they are written, and it takes their members out itself: so texts, times and whatever JSON
 * there is come in as they went out, numbers that no double can hold included. All that is done here is to put commas
 * between them.
 */
const TICKET_COLUMNS = `
  id uuid, project varchar, workflow varchar, workflow_version integer, title varchar, description text, priority varchar,
  initial_phase_id varchar, phase_id varchar, previous_phase_id varchar, resume_phase_id varchar,
  phase_entered_at timestamptz, transition_count integer, version integer, external_source varchar, external_id varchar,
  created_at timestamptz, updated_at timestamptz, archived_at timestamptz`;

const PAST = `
  moves AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::json) AS move (ticket_id uuid, sequence integer, id uuid, from_phase varchar,
      to_phase varchar, transition_reason text, transitioned_by varchar, actor_kind varchar, artifacts jsonb, kind varchar,
      workflow varchar, workflow_version integer, version integer, created_at timestamptz)
  ), events AS MATERIALIZED (
    SELECT * FROM json_to_recordset($3::json) AS event (ticket_id uuid, version integer, event_type varchar, actor varchar,
      actor_kind varchar, at timestamptz, sequence integer, changes jsonb)
  ), traced AS (
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, at, sequence, changes)
      SELECT ticket_id, version, event_type, actor, actor_kind, at, sequence, changes FROM events
  )
  INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind,
      artifacts, kind, graph_id, version, created_at)
    SELECT ticket_id, sequence, id, from_phase, to_phase, transition_reason, transitioned_by, actor_kind, artifacts, kind,
        ${graphOf('moves')}, version, created_at
      FROM moves`;

function graphOf(line: string): string {
  return `(SELECT id FROM graphs WHERE graphs.workflow = ${line}.workflow AND graphs.version = ${line}.workflow_version)`;
}

/** One statement for all tables: to the database's defence, which looks when a statement ends, nothing is ever unsettled. */
const CREATE = `
  WITH created AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ticket (${TICKET_COLUMNS})
  ), inserted AS (
    INSERT INTO tickets (id, project_id, graph_id, title, description, priority, initial_phase_id, phase_id,
        previous_phase_id, resume_phase_id, phase_entered_at, transition_count, version, external_source, external_id,
        created_at, updated_at, archived_at)
      SELECT id, (SELECT id FROM projects WHERE key = created.project), ${graphOf('created')}, title, description, priority,
          initial_phase_id, phase_id, previous_phase_id, resume_phase_id, phase_entered_at, transition_count, version,
          external_source, external_id, created_at, updated_at, archived_at
        FROM created
  ), ${PAST}`;

const CONTINUE = `
  WITH continued AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS ticket (${TICKET_COLUMNS})
  ), changed AS (
    UPDATE tickets SET graph_id = ${graphOf('continued')}, title = continued.title, description = continued.description,
        priority = continued.priority, phase_id = continued.phase_id, previous_phase_id = continued.previous_phase_id,
        resume_phase_id = continued.resume_phase_id, phase_entered_at = continued.phase_entered_at,
        transition_count = continued.transition_count, version = continued.version, updated_at = continued.updated_at,
        archived_at = continued.archived_at
      FROM continued WHERE tickets.id = continued.id
  ), ${PAST}`;

/** Writes new tickets with all of their past. */
export function createRecords(records: readonly ExportRecord[]): QueryConfig {
  const values = [
    listOf(records.map(({ ticket }) => ticket.raw)),
    listOf(records.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    listOf(records.flatMap(({ events }) => events.map(({ raw }) => raw))),
  ];
  return { name: 'create-pasts', text: CREATE, values };
}

/** Takes stored tickets a step further; the events of all steps may come with any of them. */
export function continueRecords(stages: readonly RecordStage[], events: readonly Written<'event'>[]): QueryConfig {
  const values = [
    JSON.stringify(stages.map(({ ticket }) => ticket)),
    listOf(stages.flatMap(({ moves }) => moves.map(({ raw }) => raw))),
    listOf(events.map(({ raw }) => raw)),
  ];
  return { name: 'continue-pasts', text: CONTINUE, values };
}

/** In the one order of locks of all writers, ids ascending; NO KEY UPDATE leaves the foreign-key checks of others alone. */
export function lockRecords(tickets: readonly LineOf<'ticket'>[]): QueryConfig {
  const text = 'SELECT id, version FROM tickets WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE';
  return { name: 'lock-pasts', text, values: [tickets.map(({ id }) => id)] };
}

function listOf(lines: readonly string[]): string {
  return `[${lines.join(',')}]`;
}
