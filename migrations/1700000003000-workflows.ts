import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Workflows as data: a graph stores its definition, and tickets can migrate to another version of their workflow along
 * the edges of a migration plan, which is a graph, too.
 *
 * Constraints in addition to those of `PhaseWorkflow`:
 *
 *   tickets_fixed         A ticket changes its graph only along an edge of a plan between the two graphs.
 *   tickets_under_plan    A new ticket has a workflow as its graph, never a plan.
 *   phase_history_chain   A row of kind `migration` has a plan as its graph, every other row a workflow. The graph of a
 *                         row follows from the row before it, directly or through plans that kept its phase.
 *   tickets_history       At COMMIT, the graph of a ticket follows from its newest row in the same way.
 *
 * Only a row whose graph differs from that of the row before it needs the recursive check. The replaced functions of
 * `PhaseWorkflow` stay for `down`.
 */
export class Workflows1700000003000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await extendGraphs(queryRunner);
    await createWorkflows(queryRunner);
    await widenChecks(queryRunner);
    await replaceConstraints(queryRunner, await currentSchema(queryRunner));
  }

  /** Drops the definitions. Fails while tickets depend on a workflow that the older version does not have. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await refuseOtherWorkflows(queryRunner);
    await restoreConstraints(queryRunner);
    await queryRunner.query(`
      ALTER TABLE graph_edges DISABLE TRIGGER USER;
      ALTER TABLE graphs DISABLE TRIGGER USER;
      DELETE FROM graph_edges USING graphs
        WHERE graphs.id = graph_id AND (kind = 'migration' OR definition IS NOT NULL AND workflow <> 'sdlc');
      DELETE FROM graphs WHERE kind = 'migration';
      DELETE FROM graphs WHERE definition IS NOT NULL AND workflow <> 'sdlc';
      ALTER TABLE graphs ENABLE TRIGGER USER;
      ALTER TABLE graph_edges ENABLE TRIGGER USER;
      DROP TABLE workflows;
      ALTER TABLE graphs DROP COLUMN kind, DROP COLUMN definition, DROP COLUMN digest,
        DROP COLUMN from_graph_id, DROP COLUMN to_graph_id;
      ALTER TABLE phase_history
        DROP CONSTRAINT phase_history_kind_check,
        ADD CONSTRAINT phase_history_kind_check CHECK (kind = 'transition');
      ALTER TABLE ticket_events
        DROP CONSTRAINT ticket_events_type_check,
        ADD CONSTRAINT ticket_events_type_check CHECK (type IN ('created', 'edited', 'moved', 'archived', 'restored')),
        DROP CONSTRAINT ticket_events_sequence_check,
        ADD CONSTRAINT ticket_events_sequence_check CHECK ((type = 'moved') = (sequence IS NOT NULL))`);
  }
}

/** Definition of `sdlc` at the time of this migration, in the stored form. */
const SDLC = {
  key: 'sdlc',
  title: 'Software development life cycle',
  initial: ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'DEPLOYMENT', 'DONE'],
  phases: [
    ['BACKLOG', 'todo'],
    ['REQUIREMENTS', 'active'],
    ['DESIGN', 'active'],
    ['IMPLEMENTATION', 'active'],
    ['TESTING', 'active'],
    ['DEPLOYMENT', 'active'],
    ['DONE', 'done'],
    ['BLOCKED', 'waiting'],
  ].map(([id, category]) => ({ id, title: id, category })),
  transitions: [
    ['BACKLOG', 'REQUIREMENTS', 'forward'],
    ['BACKLOG', 'BLOCKED', 'block'],
    ['REQUIREMENTS', 'DESIGN', 'forward'],
    ['REQUIREMENTS', 'BLOCKED', 'block'],
    ['DESIGN', 'IMPLEMENTATION', 'forward'],
    ['DESIGN', 'BLOCKED', 'block'],
    ['IMPLEMENTATION', 'TESTING', 'forward'],
    ['IMPLEMENTATION', 'BLOCKED', 'block'],
    ['TESTING', 'DEPLOYMENT', 'forward'],
    ['TESTING', 'IMPLEMENTATION', 'regression'],
    ['TESTING', 'BLOCKED', 'block'],
    ['DEPLOYMENT', 'DONE', 'forward'],
    ['DEPLOYMENT', 'BLOCKED', 'block'],
    ['BLOCKED', 'BACKLOG', 'resume'],
    ['BLOCKED', 'REQUIREMENTS', 'resume'],
    ['BLOCKED', 'DESIGN', 'resume'],
    ['BLOCKED', 'IMPLEMENTATION', 'resume'],
    ['BLOCKED', 'TESTING', 'resume'],
    ['BLOCKED', 'DEPLOYMENT', 'resume'],
  ].map(([from, to, kind]) => ({ from, to, kind, requires: [] })),
  resume: 'reached',
};

async function extendGraphs(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    ALTER TABLE graphs
      ADD COLUMN kind          varchar(20) NOT NULL DEFAULT 'workflow',
      ADD COLUMN definition    json,
      ADD COLUMN digest        bytea,
      ADD COLUMN from_graph_id integer,
      ADD COLUMN to_graph_id   integer,
      ADD CONSTRAINT graphs_kind_check CHECK (kind IN ('workflow', 'migration')),
      ADD CONSTRAINT graphs_plan_check CHECK (
        CASE kind WHEN 'migration' THEN from_graph_id <> to_graph_id ELSE from_graph_id IS NULL AND to_graph_id IS NULL END
        IS TRUE),
      ADD CONSTRAINT graphs_from_graph_id_fkey FOREIGN KEY (from_graph_id) REFERENCES graphs (id),
      ADD CONSTRAINT graphs_to_graph_id_fkey FOREIGN KEY (to_graph_id) REFERENCES graphs (id);
    CREATE INDEX graphs_from_graph_id_idx ON graphs (from_graph_id) WHERE from_graph_id IS NOT NULL;
    ALTER TABLE graphs DISABLE TRIGGER graphs_frozen`);
  await queryRunner.query(
    `UPDATE graphs SET definition = $1::text::json, digest = sha256(convert_to($1::text, 'UTF8')) WHERE workflow = 'sdlc' AND version = 1`,
    [JSON.stringify(SDLC)],
  );
  await queryRunner.query(`ALTER TABLE graphs ENABLE TRIGGER graphs_frozen`);
}

async function createWorkflows(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE workflows (
      key        varchar(50)    NOT NULL,
      project_id uuid,
      created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT workflows_pkey PRIMARY KEY (key),
      CONSTRAINT workflows_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id)
    );
    INSERT INTO workflows (key) VALUES ('sdlc')`);
}

async function widenChecks(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    ALTER TABLE phase_history
      DROP CONSTRAINT phase_history_kind_check,
      ADD CONSTRAINT phase_history_kind_check CHECK (kind IN ('transition', 'migration'));
    ALTER TABLE ticket_events
      DROP CONSTRAINT ticket_events_type_check,
      ADD CONSTRAINT ticket_events_type_check
        CHECK (type IN ('created', 'edited', 'moved', 'migrated', 'archived', 'restored')),
      DROP CONSTRAINT ticket_events_sequence_check,
      ADD CONSTRAINT ticket_events_sequence_check CHECK (
        CASE type WHEN 'moved' THEN sequence IS NOT NULL WHEN 'migrated' THEN true ELSE sequence IS NULL END)`);
}

async function replaceConstraints(queryRunner: QueryRunner, schema: string): Promise<void> {
  // As in PhaseWorkflow: rows are looked up by their keys, whatever their number.
  const careful = `SET search_path = pg_catalog, pg_temp
      SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`;
  await queryRunner.query(`
    CREATE FUNCTION graph_leads(start integer, goal integer, phase varchar) RETURNS boolean
      LANGUAGE sql STABLE ${careful} AS $$
      WITH RECURSIVE reached (id) AS (
        SELECT coalesce(to_graph_id, id) FROM ${schema}.graphs WHERE id = start
        UNION
        SELECT plan.to_graph_id
          FROM reached
          JOIN ${schema}.graphs plan ON plan.from_graph_id = reached.id
          JOIN ${schema}.graph_edges kept
            ON kept.graph_id = plan.id AND kept.from_phase = phase AND kept.to_phase = phase
      )
      SELECT EXISTS (SELECT FROM reached
        WHERE id = (SELECT coalesce(from_graph_id, graphs.id) FROM ${schema}.graphs WHERE graphs.id = goal))
    $$;

    CREATE FUNCTION tickets_migrated() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    BEGIN
      PERFORM 1
        FROM ${schema}.graphs plan
        JOIN ${schema}.graph_edges edge
          ON edge.graph_id = plan.id AND edge.from_phase = OLD.phase_id AND edge.to_phase = NEW.phase_id
        JOIN ${schema}.graphs goal ON goal.id = plan.to_graph_id AND goal.kind = 'workflow'
        WHERE plan.from_graph_id = OLD.graph_id AND plan.to_graph_id = NEW.graph_id;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no plan leads ticket % from % of graph % to % of graph %',
            NEW.id, OLD.phase_id, OLD.graph_id, NEW.phase_id, NEW.graph_id
          USING ERRCODE = '23001', CONSTRAINT = 'tickets_fixed', TABLE = 'tickets';
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION tickets_under_plan() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT added.id, added.graph_id INTO wrong
        FROM added JOIN ${schema}.graphs ON graphs.id = added.graph_id AND graphs.kind <> 'workflow'
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'ticket % cannot begin under graph %, which is a plan and no workflow', wrong.id, wrong.graph_id
          USING ERRCODE = '23514', CONSTRAINT = 'tickets_under_plan', TABLE = 'tickets';
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION phase_history_joins_on() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      broken text;
      ahead uuid[];
    BEGIN
      SELECT array_agg(added.ticket_id) FILTER (WHERE ticket.transition_count < added.sequence),
             min(format('%s of ticket %s, from %s to %s', added.sequence, added.ticket_id, added.from_phase, added.to_phase))
               FILTER (WHERE CASE
                WHEN edge.graph_id IS NULL OR added.from_phase = added.to_phase THEN true
                WHEN added.sequence = 1 AND added.from_phase <> ticket.initial_phase_id THEN true
                WHEN added.sequence > 1
                  AND (added.from_phase = earlier.to_phase AND added.created_at >= earlier.created_at) IS NOT TRUE THEN true
                WHEN added.kind = 'transition' AND added.graph_id = ticket.graph_id
                  AND added.graph_id = coalesce(earlier.graph_id, added.graph_id) THEN false
                ELSE added.kind <> (SELECT CASE kind WHEN 'workflow' THEN 'transition' ELSE kind END
                                      FROM ${schema}.graphs WHERE id = added.graph_id)
                  OR added.sequence > 1 AND NOT ${schema}.graph_leads(earlier.graph_id, added.graph_id, added.from_phase)
                  OR added.sequence = ticket.transition_count
                    AND NOT ${schema}.graph_leads(added.graph_id, ticket.graph_id, added.to_phase) END)
        INTO ahead, broken
        FROM added
        JOIN ${schema}.tickets ticket ON ticket.id = added.ticket_id
        LEFT JOIN ${schema}.graph_edges edge
          ON edge.graph_id = added.graph_id AND edge.from_phase = added.from_phase AND edge.to_phase = added.to_phase
        LEFT JOIN ${schema}.phase_history earlier
          ON earlier.ticket_id = added.ticket_id AND earlier.sequence = added.sequence - 1;
      IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'history row %, does not join on: it must be the next in number, start where the ticket was, '
            'use an edge of its graph, and not be earlier than the row before it', broken
          USING ERRCODE = '23514', CONSTRAINT = 'phase_history_chain', TABLE = 'phase_history';
      END IF;
      IF ahead IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (ahead);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION tickets_stand_where_led() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      ahead uuid[];
    BEGIN
      SELECT array_agg(changed.id) INTO ahead
        FROM changed
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = changed.id AND newest.sequence = changed.transition_count
        WHERE changed.transition_count <> 0
          AND ${matchesNewestRow(schema, 'changed')} IS NOT TRUE;
      IF ahead IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (ahead);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION moves_settled_by_graph() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT ticket.* INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = ticket.id AND newest.sequence = ticket.transition_count
        WHERE ticket.transition_count <> 0
          AND ${matchesNewestRow(schema, 'ticket')} IS NOT TRUE
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'ticket % has no history row % that leads from % to % of graph %',
            wrong.id, wrong.transition_count, wrong.previous_phase_id, wrong.phase_id, wrong.graph_id
          USING ERRCODE = '23514', CONSTRAINT = 'tickets_history', TABLE = 'tickets';
      END IF;
      SELECT ahead.* INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        JOIN ${schema}.phase_history ahead ON ahead.ticket_id = ticket.id AND ahead.sequence > ticket.transition_count
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'ticket % has not gone along with its history row %, from % to %',
            wrong.ticket_id, wrong.sequence, wrong.from_phase, wrong.to_phase
          USING ERRCODE = '23514', CONSTRAINT = 'phase_history_chain', TABLE = 'phase_history';
      END IF;
      DELETE FROM ${schema}.unsettled_moves WHERE id = NEW.id;
      RETURN NULL;
    END $$;

    CREATE OR REPLACE TRIGGER phase_history_chain AFTER INSERT ON phase_history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION phase_history_joins_on();
    CREATE OR REPLACE TRIGGER tickets_history_of_new AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_stand_where_led();
    CREATE OR REPLACE TRIGGER tickets_history_of_moved AFTER UPDATE ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_stand_where_led();
    CREATE TRIGGER tickets_under_plan AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tickets_under_plan();
    CREATE OR REPLACE TRIGGER tickets_fixed AFTER UPDATE ON tickets
      FOR EACH ROW
      WHEN (NEW.id <> OLD.id OR NEW.initial_phase_id <> OLD.initial_phase_id
            OR NEW.transition_count < OLD.transition_count)
      EXECUTE FUNCTION append_only('id and beginning of a ticket are fixed, and its count of moves never falls');
    CREATE TRIGGER tickets_migrated AFTER UPDATE ON tickets
      FOR EACH ROW WHEN (NEW.graph_id <> OLD.graph_id) EXECUTE FUNCTION tickets_migrated();
    DROP TRIGGER moves_settled ON unsettled_moves;
    CREATE CONSTRAINT TRIGGER moves_settled AFTER INSERT ON unsettled_moves
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moves_settled_by_graph()`);
}

/** Condition that a ticket matches its newest history row: phase, previous phase and graph. */
function matchesNewestRow(schema: string, ticket: string): string {
  return `(newest.to_phase = ${ticket}.phase_id AND newest.from_phase = ${ticket}.previous_phase_id
            AND CASE newest.graph_id WHEN ${ticket}.graph_id THEN true
                  ELSE ${schema}.graph_leads(newest.graph_id, ${ticket}.graph_id, ${ticket}.phase_id) END)`;
}

async function restoreConstraints(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE OR REPLACE TRIGGER phase_history_chain AFTER INSERT ON phase_history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION phase_history_chain();
    CREATE OR REPLACE TRIGGER tickets_history_of_new AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_history();
    CREATE OR REPLACE TRIGGER tickets_history_of_moved AFTER UPDATE ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_history();
    DROP TRIGGER tickets_under_plan ON tickets;
    DROP TRIGGER tickets_migrated ON tickets;
    CREATE OR REPLACE TRIGGER tickets_fixed AFTER UPDATE ON tickets
      FOR EACH ROW
      WHEN (NEW.id <> OLD.id OR NEW.initial_phase_id <> OLD.initial_phase_id OR NEW.graph_id <> OLD.graph_id
            OR NEW.transition_count < OLD.transition_count)
      EXECUTE FUNCTION append_only('id, beginning and graph of a ticket are fixed, and its count of moves never falls');
    DROP TRIGGER moves_settled ON unsettled_moves;
    CREATE CONSTRAINT TRIGGER moves_settled AFTER INSERT ON unsettled_moves
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moves_settled();
    DROP FUNCTION phase_history_joins_on(), tickets_stand_where_led(), moves_settled_by_graph(), tickets_migrated(),
      tickets_under_plan(), graph_leads(integer, integer, varchar)`);
}

async function refuseOtherWorkflows(queryRunner: QueryRunner): Promise<void> {
  const used: { workflow: string; tickets: string }[] = await queryRunner.query(`
    SELECT workflow, count(*) AS tickets FROM tickets JOIN graphs ON graphs.id = graph_id
      WHERE workflow <> 'sdlc' AND definition IS NOT NULL GROUP BY workflow ORDER BY workflow`);
  const [migrated] = await queryRunner.query(`SELECT FROM phase_history WHERE kind = 'migration' LIMIT 1`);
  const [traced] = await queryRunner.query(`SELECT FROM ticket_events WHERE type = 'migrated' LIMIT 1`);
  if (used.length === 0 && migrated === undefined && traced === undefined) return;
  const list = used.map(({ workflow, tickets }) => `  ${workflow}: ${tickets} ticket(s)`);
  throw new Error(
    ['Some tickets use, or have used, workflows that the older version does not support:', ...list].join('\n'),
  );
}

async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = await queryRunner.query(`SELECT quote_ident(current_schema()) AS schema`);
  return row.schema;
}
