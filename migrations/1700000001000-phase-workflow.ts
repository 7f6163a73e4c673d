import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Phases with a state machine: projects, graphs, an append-only history, and the integrity constraints of all three.
 *
 * A transition is one UPDATE of `tickets` and one INSERT into `phase_history` in one transaction, in either order. Every
 * other change of a ticket's phase fails, at the latest at COMMIT. Together the constraints prove by induction that every
 * committed ticket has exactly the history rows 1 … transition_count:
 *
 *   phase_history_chain        A new row continues the row before it, or the initial phase. It uses an edge of the
 *                              ticket's graph and is not earlier than the row before it. At COMMIT, the ticket has moved
 *                              with it.
 *   tickets_history            At COMMIT, a moved ticket is in the phase of its newest row.
 *   tickets_fixed              The count of a ticket never decreases; its initial phase and its graph never change.
 *   tickets_with_history_kept  A ticket with history is never deleted, not even to insert it again in one statement.
 *   phase_history_frozen       A row is never changed or deleted.
 *   graph_edges_sealed         A graph has only the edges that its creating transaction inserted.
 *
 * `phase_history_defaults` rejects nothing. It fills in the columns that a row written by hand omits.
 *
 * The functions qualify their tables and fix their search path, so that no temporary table or operator of the session
 * can replace the real ones. Row-level triggers run AFTER the change, because a BEFORE trigger would lock each row again.
 */
export class PhaseWorkflow1700000001000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await refuseUnknownPhases(queryRunner);
    await createProjects(queryRunner);
    await createGraphs(queryRunner);
    await extendTickets(queryRunner);
    await createHistory(queryRunner);
    await createConstraints(queryRunner, await currentSchema(queryRunner));
  }

  /** Keeps the tickets in their phases. The data of the other tables are lost. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE phase_history;
      DROP TRIGGER tickets_history_of_new ON tickets;
      DROP TRIGGER tickets_history_of_moved ON tickets;
      DROP TRIGGER tickets_fixed ON tickets;
      DROP TRIGGER tickets_with_history_kept ON tickets;
      DROP TRIGGER tickets_kept ON tickets;
      ALTER TABLE tickets
        DROP COLUMN project_id, DROP COLUMN graph_id, DROP COLUMN initial_phase_id, DROP COLUMN previous_phase_id,
        DROP COLUMN resume_phase_id, DROP COLUMN phase_entered_at, DROP COLUMN transition_count, DROP COLUMN version,
        DROP COLUMN external_source, DROP COLUMN external_id, DROP COLUMN archived_at,
        RESET (fillfactor);
      DROP INDEX tickets_created_at_idx, tickets_updated_at_idx, tickets_phase_idx;
      DROP TABLE graph_edges;
      DROP TABLE graphs;
      DROP TABLE projects;
      DROP TABLE unsettled_moves;
      DROP FUNCTION phase_history_chain(), phase_history_defaults(), tickets_history(), moves_settled(),
        graph_edges_sealed(), append_only()`);
  }
}

const SDLC_PHASES = 'BACKLOG REQUIREMENTS DESIGN IMPLEMENTATION TESTING DEPLOYMENT DONE BLOCKED'.split(' ');

/** Edges of `sdlc` at the time of this migration, which does not change with the code. */
const SDLC_EDGES = `
  ('BACKLOG', 'REQUIREMENTS'), ('BACKLOG', 'BLOCKED'),
  ('REQUIREMENTS', 'DESIGN'), ('REQUIREMENTS', 'BLOCKED'),
  ('DESIGN', 'IMPLEMENTATION'), ('DESIGN', 'BLOCKED'),
  ('IMPLEMENTATION', 'TESTING'), ('IMPLEMENTATION', 'BLOCKED'),
  ('TESTING', 'DEPLOYMENT'), ('TESTING', 'IMPLEMENTATION'), ('TESTING', 'BLOCKED'),
  ('DEPLOYMENT', 'DONE'), ('DEPLOYMENT', 'BLOCKED'),
  ('BLOCKED', 'BACKLOG'), ('BLOCKED', 'REQUIREMENTS'), ('BLOCKED', 'DESIGN'),
  ('BLOCKED', 'IMPLEMENTATION'), ('BLOCKED', 'TESTING'), ('BLOCKED', 'DEPLOYMENT')`;

async function refuseUnknownPhases(queryRunner: QueryRunner): Promise<void> {
  const unknown: { phase_id: string; tickets: string; example: string }[] = await queryRunner.query(
    `SELECT phase_id, count(*) AS tickets, min(id::text) AS example
       FROM tickets WHERE phase_id <> ALL ($1) GROUP BY phase_id ORDER BY phase_id`,
    [SDLC_PHASES],
  );
  if (unknown.length === 0) return;
  const list = unknown.map(
    (row) => `  ${JSON.stringify(row.phase_id)}: ${row.tickets} ticket(s), such as ${row.example}`,
  );
  throw new Error(
    `Some tickets are in unknown phases. Move them to one of ${SDLC_PHASES.join(', ')} and start again:\n` +
      list.join('\n'),
  );
}

async function createProjects(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE projects (
      id          uuid           NOT NULL,
      key         varchar(50)    NOT NULL,
      title       varchar(200)   NOT NULL,
      created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      archived_at timestamptz(3),
      CONSTRAINT projects_pkey PRIMARY KEY (id),
      CONSTRAINT projects_key_key UNIQUE (key)
    );
    INSERT INTO projects (id, key, title) VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'Default project')`);
}

async function createGraphs(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE graphs (
      id         integer        NOT NULL GENERATED BY DEFAULT AS IDENTITY,
      workflow   varchar(100)   NOT NULL,
      version    integer        NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT graphs_pkey PRIMARY KEY (id),
      CONSTRAINT graphs_workflow_version_key UNIQUE (workflow, version)
    );
    CREATE TABLE graph_edges (
      graph_id   integer     NOT NULL,
      from_phase varchar(50) NOT NULL,
      to_phase   varchar(50) NOT NULL,
      CONSTRAINT graph_edges_pkey PRIMARY KEY (graph_id, from_phase, to_phase),
      CONSTRAINT graph_edges_graph_id_fkey FOREIGN KEY (graph_id) REFERENCES graphs (id)
    );
    INSERT INTO graphs (workflow, version) VALUES ('sdlc', 1);
    INSERT INTO graph_edges (graph_id, from_phase, to_phase)
      SELECT graphs.id, edge.* FROM graphs, (VALUES ${SDLC_EDGES}) AS edge`);
}

/** A transition rewrites the row, so each page keeps free space for the new version. */
async function extendTickets(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    ALTER TABLE tickets
      ADD COLUMN project_id        uuid           NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001',
      ADD COLUMN graph_id          integer        NOT NULL DEFAULT 1,
      ADD COLUMN initial_phase_id  varchar(50),
      ADD COLUMN previous_phase_id varchar(50),
      ADD COLUMN resume_phase_id   varchar(50),
      ADD COLUMN phase_entered_at  timestamptz(3),
      ADD COLUMN transition_count  integer        NOT NULL DEFAULT 0,
      ADD COLUMN version           integer        NOT NULL DEFAULT 1,
      ADD COLUMN external_source   varchar(255),
      ADD COLUMN external_id       varchar(255),
      ADD COLUMN archived_at       timestamptz(3),
      SET (fillfactor = 85);
    UPDATE tickets SET initial_phase_id = phase_id, phase_entered_at = created_at;
    ALTER TABLE tickets
      ALTER COLUMN initial_phase_id SET NOT NULL,
      ALTER COLUMN phase_entered_at SET NOT NULL,
      ALTER COLUMN phase_entered_at SET DEFAULT clock_timestamp(),
      ADD CONSTRAINT tickets_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id),
      ADD CONSTRAINT tickets_graph_id_fkey FOREIGN KEY (graph_id) REFERENCES graphs (id),
      ADD CONSTRAINT tickets_version_check CHECK (version >= 1),
      ADD CONSTRAINT tickets_moved_check CHECK ((transition_count > 0) = (previous_phase_id IS NOT NULL)),
      ADD CONSTRAINT tickets_unmoved_check
        CHECK (transition_count > 0 OR transition_count = 0 AND phase_id = initial_phase_id),
      ADD CONSTRAINT tickets_external_check CHECK ((external_source IS NULL) = (external_id IS NULL));
    CREATE UNIQUE INDEX tickets_external_idx ON tickets (project_id, external_source, external_id)
      WHERE external_id IS NOT NULL;
    CREATE INDEX tickets_created_at_idx ON tickets (created_at, id);
    CREATE INDEX tickets_updated_at_idx ON tickets (updated_at, id);
    CREATE INDEX tickets_phase_idx ON tickets (phase_id, created_at, id);
    CREATE INDEX tickets_project_idx ON tickets (project_id, created_at, id);
    CREATE INDEX tickets_archived_created_at_idx ON tickets (created_at, id) WHERE archived_at IS NOT NULL;
    CREATE INDEX tickets_archived_updated_at_idx ON tickets (updated_at, id) WHERE archived_at IS NOT NULL`);
}

async function createHistory(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE phase_history (
      ticket_id         uuid           NOT NULL,
      sequence          integer        NOT NULL,
      id                uuid           NOT NULL,
      from_phase        varchar(50)    NOT NULL,
      to_phase          varchar(50)    NOT NULL,
      transition_reason text,
      transitioned_by   varchar(255)   NOT NULL DEFAULT 'system',
      actor_kind        varchar(20)    NOT NULL DEFAULT 'system',
      artifacts         jsonb,
      kind              varchar(20)    NOT NULL DEFAULT 'transition',
      graph_id          integer        NOT NULL,
      version           integer        NOT NULL,
      created_at        timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT phase_history_pkey PRIMARY KEY (ticket_id, sequence),
      CONSTRAINT phase_history_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES tickets (id),
      CONSTRAINT phase_history_sequence_check CHECK (sequence >= 1),
      CONSTRAINT phase_history_kind_check CHECK (kind = 'transition'),
      CONSTRAINT phase_history_created_at_check CHECK (isfinite(created_at)),
      CONSTRAINT phase_history_actor_kind_check CHECK (actor_kind IN ('human', 'agent', 'service', 'system'))
    );
    CREATE INDEX phase_history_created_at_idx ON phase_history (created_at)`);
}

/**
 * Error codes: 23514 (check_violation) for an invalid transition, 23001 (restrict_violation) for a forbidden change.
 *
 * Conditions on immutable rows are checked at the end of each statement, for all of its rows. A ticket and its newest row
 * may be written by two statements: the ids of such tickets go into `unsettled_moves`, whose deferred trigger checks them
 * at COMMIT. A statement that writes both leaves no pending check, so the usual transition inserts nothing there.
 */
async function createConstraints(queryRunner: QueryRunner, schema: string): Promise<void> {
  // Rows are looked up by their keys, whatever their number: a cached plan of a large statement must not make every small
  // one read whole tables.
  const careful = `SET search_path = pg_catalog, pg_temp
      SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`;
  await queryRunner.query(`
    CREATE UNLOGGED TABLE unsettled_moves (
      id         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
      ticket_ids uuid[] NOT NULL,
      CONSTRAINT unsettled_moves_pkey PRIMARY KEY (id)
    );

    CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      RAISE EXCEPTION '% of % is refused: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = '23001', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END $$;

    CREATE FUNCTION graph_edges_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      PERFORM 1 FROM ${schema}.graphs WHERE id = NEW.graph_id AND xmin = pg_current_xact_id()::xid;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'graph % is complete; make a new version instead', NEW.graph_id
          USING ERRCODE = '23001', CONSTRAINT = 'graph_edges_sealed', TABLE = 'graph_edges';
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION phase_history_defaults() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      ticket record;
    BEGIN
      NEW.sequence := coalesce(NEW.sequence,
        (SELECT max(sequence) + 1 FROM ${schema}.phase_history WHERE ticket_id = NEW.ticket_id), 1);
      SELECT graph_id, CASE WHEN transition_count < NEW.sequence THEN version + 1 ELSE version END AS version
        INTO ticket FROM ${schema}.tickets WHERE id = NEW.ticket_id;
      NEW.graph_id := coalesce(NEW.graph_id, ticket.graph_id, 0);
      NEW.version := coalesce(NEW.version, ticket.version, 0);
      RETURN NEW;
    END $$;

    CREATE FUNCTION phase_history_chain() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      broken text;
      ahead uuid[];
    BEGIN
      SELECT array_agg(added.ticket_id) FILTER (WHERE ticket.transition_count < added.sequence),
             min(format('%s of ticket %s, from %s to %s', added.sequence, added.ticket_id, added.from_phase, added.to_phase))
               FILTER (WHERE CASE
                WHEN ticket.graph_id <> added.graph_id OR edge.graph_id IS NULL THEN true
                WHEN added.sequence = 1 THEN added.from_phase <> ticket.initial_phase_id
                ELSE (added.from_phase = earlier.to_phase AND added.created_at >= earlier.created_at) IS NOT TRUE END)
        INTO ahead, broken
        FROM added
        JOIN ${schema}.tickets ticket ON ticket.id = added.ticket_id
        LEFT JOIN ${schema}.graph_edges edge
          ON edge.graph_id = ticket.graph_id AND edge.from_phase = added.from_phase AND edge.to_phase = added.to_phase
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

    CREATE FUNCTION tickets_history() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      ahead uuid[];
    BEGIN
      SELECT array_agg(changed.id) INTO ahead
        FROM changed
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = changed.id AND newest.sequence = changed.transition_count
        WHERE changed.transition_count <> 0
          AND (newest.to_phase = changed.phase_id AND newest.from_phase = changed.previous_phase_id) IS NOT TRUE;
      IF ahead IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (ahead);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION moves_settled() RETURNS trigger LANGUAGE plpgsql ${careful} AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT ticket.* INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = ticket.id AND newest.sequence = ticket.transition_count
        WHERE ticket.transition_count <> 0
          AND (newest.to_phase = ticket.phase_id AND newest.from_phase = ticket.previous_phase_id) IS NOT TRUE
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'ticket % has no history row % that leads from % to %',
            wrong.id, wrong.transition_count, wrong.previous_phase_id, wrong.phase_id
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

    CREATE TRIGGER phase_history_defaults BEFORE INSERT ON phase_history
      FOR EACH ROW WHEN (NEW.sequence IS NULL OR NEW.graph_id IS NULL OR NEW.version IS NULL)
      EXECUTE FUNCTION phase_history_defaults();
    CREATE TRIGGER phase_history_chain AFTER INSERT ON phase_history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION phase_history_chain();
    CREATE TRIGGER phase_history_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON phase_history
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('history is append-only');

    CREATE TRIGGER tickets_history_of_new AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_history();
    CREATE TRIGGER tickets_history_of_moved AFTER UPDATE ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_history();
    CREATE TRIGGER tickets_fixed AFTER UPDATE ON tickets
      FOR EACH ROW
      WHEN (NEW.id <> OLD.id OR NEW.initial_phase_id <> OLD.initial_phase_id OR NEW.graph_id <> OLD.graph_id
            OR NEW.transition_count < OLD.transition_count)
      EXECUTE FUNCTION append_only('id, beginning and graph of a ticket are fixed, and its count of moves never falls');
    CREATE TRIGGER tickets_with_history_kept BEFORE DELETE ON tickets
      FOR EACH ROW WHEN (OLD.transition_count > 0)
      EXECUTE FUNCTION append_only('tickets are archived, not removed');
    CREATE TRIGGER tickets_kept BEFORE TRUNCATE ON tickets
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('tickets are archived, not removed');

    CREATE CONSTRAINT TRIGGER moves_settled AFTER INSERT ON unsettled_moves
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moves_settled();

    CREATE TRIGGER graph_edges_sealed AFTER INSERT ON graph_edges
      FOR EACH ROW EXECUTE FUNCTION graph_edges_sealed();
    CREATE TRIGGER graph_edges_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON graph_edges
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('the edges of a graph are fixed');
    CREATE TRIGGER graphs_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON graphs
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('a graph is fixed')`);
}

async function currentSchema(queryRunner: QueryRunner): Promise<string> {
  const [row] = await queryRunner.query(`SELECT quote_ident(current_schema()) AS schema`);
  return row.schema;
}
