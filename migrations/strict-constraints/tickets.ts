import type { QueryRunner } from 'typeorm';

/**
 * Creates the constraints of tickets, history and events.
 *
 * Conditions between rows are checked at the end of each statement, for all of its rows. Rows that another statement of the
 * transaction may still complete go into `unsettled_moves`: at COMMIT, `tickets_settled` checks these tickets as a whole. A
 * statement that writes a ticket with its history rows and events leaves no pending check.
 *
 * The foreign key of `phase_history`, which ran a query per row, is a condition of `phase_history_recorded`: tickets are
 * never deleted and their ids never change.
 *
 * Conditions between two states of a ticket need no look-up. The usual transition passes the WHEN clause of
 * `tickets_changed`; columns that it does not set are checked by a trigger on these columns.
 */
export async function createTicketConstraints(queryRunner: QueryRunner, schema: string): Promise<void> {
  await createFunctions(queryRunner, schema);
  await queryRunner.query(`
    ALTER TABLE phase_history DROP CONSTRAINT phase_history_ticket_id_fkey;
    DROP TRIGGER tickets_under_plan ON tickets;
    DROP TRIGGER tickets_with_history_kept ON tickets;
    CREATE OR REPLACE TRIGGER tickets_kept BEFORE DELETE OR TRUNCATE ON tickets
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('tickets are archived, not removed');

    CREATE OR REPLACE TRIGGER tickets_history_of_new AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tickets_begun();
    CREATE OR REPLACE TRIGGER tickets_history_of_moved AFTER UPDATE ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_recorded();
    CREATE OR REPLACE TRIGGER phase_history_chain AFTER INSERT ON phase_history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION phase_history_recorded();
    CREATE OR REPLACE TRIGGER phase_history_defaults BEFORE INSERT ON phase_history
      FOR EACH ROW WHEN (NEW.sequence IS NULL OR NEW.graph_id IS NULL OR NEW.version IS NULL)
      EXECUTE FUNCTION phase_history_completed();
    CREATE TRIGGER ticket_events_happened AFTER INSERT ON ticket_events
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ticket_events_happened();
    DROP TRIGGER moves_settled ON unsettled_moves;
    CREATE CONSTRAINT TRIGGER moves_settled AFTER INSERT ON unsettled_moves
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tickets_settled();

    DROP TRIGGER tickets_migrated ON tickets;
    CREATE OR REPLACE TRIGGER tickets_fixed AFTER UPDATE OF id, initial_phase_id, created_at, external_source, external_id
      ON tickets FOR EACH ROW
      WHEN ((NEW.id, NEW.initial_phase_id, NEW.created_at, NEW.external_source, NEW.external_id)
              IS DISTINCT FROM (OLD.id, OLD.initial_phase_id, OLD.created_at, OLD.external_source, OLD.external_id))
      EXECUTE FUNCTION append_only('id, beginning and origin of a ticket are fixed');
    CREATE TRIGGER tickets_changed AFTER UPDATE ON tickets
      FOR EACH ROW
      WHEN (NOT (NEW.version - OLD.version = NEW.transition_count - OLD.transition_count AND NEW.version > OLD.version
                 AND NEW.graph_id = OLD.graph_id AND NEW.updated_at >= OLD.updated_at AND OLD.archived_at IS NULL
                 AND NEW.archived_at IS NULL))
      EXECUTE FUNCTION tickets_changed();
    CREATE TRIGGER tickets_moved_and_edited AFTER UPDATE OF title, description, priority, project_id ON tickets
      FOR EACH ROW
      WHEN (NEW.transition_count <> OLD.transition_count
            AND (NEW.title, NEW.description, NEW.priority, NEW.project_id)
                IS DISTINCT FROM (OLD.title, OLD.description, OLD.priority, OLD.project_id))
      EXECUTE FUNCTION tickets_changed()`);
}

export async function dropTicketConstraints(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    DROP TRIGGER tickets_changed ON tickets;
    DROP TRIGGER tickets_moved_and_edited ON tickets;
    CREATE TRIGGER tickets_migrated AFTER UPDATE ON tickets
      FOR EACH ROW WHEN (NEW.graph_id <> OLD.graph_id) EXECUTE FUNCTION tickets_migrated();
    DROP TRIGGER ticket_events_happened ON ticket_events;
    CREATE OR REPLACE TRIGGER tickets_kept BEFORE TRUNCATE ON tickets
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('tickets are archived, not removed');
    CREATE TRIGGER tickets_with_history_kept BEFORE DELETE ON tickets
      FOR EACH ROW WHEN (OLD.transition_count > 0) EXECUTE FUNCTION append_only('tickets are archived, not removed');
    CREATE TRIGGER tickets_under_plan AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tickets_under_plan();
    CREATE OR REPLACE TRIGGER tickets_history_of_new AFTER INSERT ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_stand_where_led();
    CREATE OR REPLACE TRIGGER tickets_history_of_moved AFTER UPDATE ON tickets
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tickets_stand_where_led();
    CREATE OR REPLACE TRIGGER phase_history_chain AFTER INSERT ON phase_history
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION phase_history_joins_on();
    CREATE OR REPLACE TRIGGER phase_history_defaults BEFORE INSERT ON phase_history
      FOR EACH ROW WHEN (NEW.sequence IS NULL OR NEW.graph_id IS NULL OR NEW.version IS NULL)
      EXECUTE FUNCTION phase_history_defaults();
    CREATE OR REPLACE TRIGGER tickets_fixed AFTER UPDATE ON tickets
      FOR EACH ROW
      WHEN (NEW.id <> OLD.id OR NEW.initial_phase_id <> OLD.initial_phase_id
            OR NEW.transition_count < OLD.transition_count)
      EXECUTE FUNCTION append_only('id and beginning of a ticket are fixed, and its count of moves never falls');
    ALTER TABLE phase_history
      ADD CONSTRAINT phase_history_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES tickets (id);
    DROP TRIGGER moves_settled ON unsettled_moves;
    CREATE CONSTRAINT TRIGGER moves_settled AFTER INSERT ON unsettled_moves
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION moves_settled_by_graph();
    DROP FUNCTION tickets_begun(), tickets_recorded(), tickets_changed(), tickets_settled(), phase_history_recorded(), phase_history_completed(),
      ticket_events_happened(), graph_begins(integer, varchar)`);
}

/** As in PhaseWorkflow: rows are looked up by their keys, whatever their number. */
const CAREFUL = `SET search_path = pg_catalog, pg_temp
      SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off`;

async function createFunctions(queryRunner: QueryRunner, schema: string): Promise<void> {
  await queryRunner.query(`
    CREATE FUNCTION graph_begins(graph integer, phase varchar) RETURNS boolean LANGUAGE sql STABLE ${CAREFUL} AS $$
      SELECT EXISTS (
        SELECT FROM ${schema}.graphs stated
          JOIN ${schema}.graphs goal ON goal.id = coalesce(stated.from_graph_id, stated.id)
          JOIN ${schema}.graphs start ON start.workflow = goal.workflow
          JOIN ${schema}.graph_phases begin ON begin.graph_id = start.id AND begin.phase_id = phase AND begin.initial
         WHERE stated.id = graph AND (start.id = goal.id OR ${schema}.graph_leads(start.id, goal.id, phase)))
    $$;

    CREATE FUNCTION tickets_begun() RETURNS trigger LANGUAGE plpgsql ${CAREFUL} AS $$
    DECLARE
      wrong record;
      pending uuid[];
    BEGIN
      SELECT min(added.id::text) FILTER (WHERE (own.kind = 'workflow') IS NOT TRUE) AS under_plan,
             min(added.id::text) FILTER (WHERE (added.transition_count = 0 OR first.ticket_id IS NOT NULL)
               AND NOT (begin.graph_id IS NOT NULL
               OR ${schema}.graph_begins(coalesce(first.graph_id, added.graph_id), added.initial_phase_id))) AS misplaced,
             array_agg(added.id) FILTER (WHERE added.transition_count > 0 AND first.ticket_id IS NULL
               OR ${matchesRecord(schema, 'added')} IS NOT TRUE
               OR CASE added.version WHEN 1 THEN false
                    ELSE added.version <> (SELECT count(*) FROM ${schema}.ticket_events WHERE ticket_id = added.id) END) AS pending
        INTO wrong
        FROM added
        LEFT JOIN ${schema}.graphs own ON own.id = added.graph_id
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = added.id AND newest.sequence = added.transition_count
        LEFT JOIN ${schema}.phase_history first
          ON first.ticket_id = added.id AND first.sequence = CASE WHEN added.transition_count > 0 THEN 1 END
        LEFT JOIN ${schema}.graph_phases begin
          ON begin.graph_id = coalesce(first.graph_id, added.graph_id) AND begin.phase_id = added.initial_phase_id
          AND begin.initial;
      IF wrong.under_plan IS NOT NULL THEN
        RAISE EXCEPTION 'ticket % cannot begin under a plan; it needs a version of a workflow', wrong.under_plan
          USING ERRCODE = '23514', CONSTRAINT = 'tickets_under_plan', TABLE = 'tickets';
      END IF;
      IF wrong.misplaced IS NOT NULL THEN
        ${raiseMisplaced('wrong.misplaced')}
      END IF;
      pending := wrong.pending;
      IF pending IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (pending);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION tickets_recorded() RETURNS trigger LANGUAGE plpgsql ${CAREFUL} AS $$
    DECLARE
      pending uuid[];
    BEGIN
      SELECT array_agg(changed.id) INTO pending
        FROM changed
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = changed.id AND newest.sequence = changed.transition_count
        WHERE ${matchesRecord(schema, 'changed')} IS NOT TRUE;
      IF pending IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (pending);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION tickets_changed() RETURNS trigger LANGUAGE plpgsql ${CAREFUL} AS $$
    DECLARE
      moves integer := NEW.transition_count - OLD.transition_count;
      versions integer := NEW.version - OLD.version;
      edited boolean := (NEW.title, NEW.description, NEW.priority, NEW.project_id, NEW.archived_at)
        IS DISTINCT FROM (OLD.title, OLD.description, OLD.priority, OLD.project_id, OLD.archived_at);
      migrated boolean := NEW.graph_id <> OLD.graph_id;
      refusal text;
      rule text;
    BEGIN
      IF moves < 0 OR NEW.updated_at < OLD.updated_at THEN
        refusal := 'its count of transitions and updated_at never fall';
        rule := 'tickets_fixed';
      ELSIF moves = 0 AND (NEW.phase_entered_at <> OLD.phase_entered_at
          OR NEW.resume_phase_id IS DISTINCT FROM OLD.resume_phase_id AND NOT migrated) THEN
        refusal := 'resume_phase_id and phase_entered_at change with a transition or a migration';
        rule := 'tickets_resume_phase';
      ELSIF versions < greatest(moves, migrated::integer) + edited::integer THEN
        refusal := 'the version rises by one with each change, and never falls';
        rule := 'tickets_version';
      ELSIF versions > 0 AND NEW.archived_at = OLD.archived_at THEN
        refusal := 'an archived ticket is restored before it changes';
        rule := 'tickets_archived';
      ELSIF migrated AND NOT EXISTS (
          SELECT FROM ${schema}.graphs plan
            JOIN ${schema}.graph_edges edge
              ON edge.graph_id = plan.id AND edge.from_phase = OLD.phase_id AND edge.to_phase = NEW.phase_id
            JOIN ${schema}.graphs goal ON goal.id = plan.to_graph_id AND goal.kind = 'workflow'
            WHERE plan.from_graph_id = OLD.graph_id AND plan.to_graph_id = NEW.graph_id) THEN
        refusal := format('no plan leads from %s of graph %s to %s of graph %s',
          OLD.phase_id, OLD.graph_id, NEW.phase_id, NEW.graph_id);
        rule := 'tickets_fixed';
      END IF;
      IF refusal IS NOT NULL THEN
        RAISE EXCEPTION 'UPDATE of ticket % is refused: %', NEW.id, refusal
          USING ERRCODE = '23001', CONSTRAINT = rule, TABLE = 'tickets';
      END IF;
      IF versions > greatest(moves, 1) THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (ARRAY[NEW.id]);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION phase_history_recorded() RETURNS trigger LANGUAGE plpgsql ${CAREFUL} AS $$
    DECLARE
      unknown text;
      broken text;
      pending uuid[];
    BEGIN
      SELECT min(added.ticket_id::text) FILTER (WHERE ticket.id IS NULL),
             array_agg(added.ticket_id) FILTER (WHERE ticket.transition_count < added.sequence
               OR ${matchesEvent('added', 'event')} IS NOT TRUE),
             min(format('%s of ticket %s, from %s to %s', added.sequence, added.ticket_id, added.from_phase, added.to_phase))
               FILTER (WHERE CASE
                WHEN edge.graph_id IS NULL OR added.from_phase = added.to_phase THEN true
                WHEN added.sequence = 1 AND (added.from_phase <> ticket.initial_phase_id
                  OR added.created_at < ticket.created_at OR added.version <= 1) THEN true
                WHEN added.sequence > 1
                  AND (added.from_phase = earlier.to_phase AND added.created_at >= earlier.created_at
                       AND added.version > earlier.version) IS NOT TRUE THEN true
                WHEN added.kind = 'transition' AND added.graph_id = ticket.graph_id
                  AND added.graph_id = coalesce(earlier.graph_id, added.graph_id) THEN false
                ELSE added.kind <> (SELECT CASE kind WHEN 'workflow' THEN 'transition' ELSE kind END
                                      FROM ${schema}.graphs WHERE id = added.graph_id)
                  OR added.sequence > 1 AND NOT ${schema}.graph_leads(earlier.graph_id, added.graph_id, added.from_phase)
                  OR added.sequence = ticket.transition_count
                    AND NOT ${schema}.graph_leads(added.graph_id, ticket.graph_id, added.to_phase) END)
        INTO unknown, pending, broken
        FROM added
        LEFT JOIN ${schema}.tickets ticket ON ticket.id = added.ticket_id
        LEFT JOIN ${schema}.graph_edges edge
          ON edge.graph_id = added.graph_id AND edge.from_phase = added.from_phase AND edge.to_phase = added.to_phase
        LEFT JOIN ${schema}.phase_history earlier
          ON earlier.ticket_id = added.ticket_id AND earlier.sequence = added.sequence - 1
        LEFT JOIN ${schema}.ticket_events event ON event.ticket_id = added.ticket_id AND event.version = added.version;
      IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'ticket % of a history row does not exist', unknown
          USING ERRCODE = '23503', CONSTRAINT = 'phase_history_ticket_id_fkey', TABLE = 'phase_history';
      END IF;
      IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'history row %, does not join on: it must be the next in number and version, start where the ticket '
            'was, use an edge of its graph, and not be earlier than the row before it', broken
          USING ERRCODE = '23514', CONSTRAINT = 'phase_history_chain', TABLE = 'phase_history';
      END IF;
      IF pending IS NOT NULL THEN
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (pending);
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION phase_history_completed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      ticket record;
    BEGIN
      NEW.sequence := coalesce(NEW.sequence,
        (SELECT max(sequence) + 1 FROM ${schema}.phase_history WHERE ticket_id = NEW.ticket_id), 1);
      SELECT graph_id, version + NEW.sequence - transition_count AS version
        INTO ticket FROM ${schema}.tickets WHERE id = NEW.ticket_id;
      NEW.graph_id := coalesce(NEW.graph_id, ticket.graph_id, 0);
      NEW.version := coalesce(NEW.version, ticket.version, 0);
      RETURN NEW;
    END $$;

    CREATE FUNCTION ticket_events_happened() RETURNS trigger LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
    DECLARE
      pending uuid[];
    BEGIN
      SELECT array_agg(added.ticket_id) INTO pending
        FROM added
        WHERE (CASE WHEN added.sequence IS NULL
                 THEN (SELECT ticket.version FROM ${schema}.tickets ticket WHERE ticket.id = added.ticket_id) >= added.version
                 ELSE (SELECT moved.version FROM ${schema}.phase_history moved
                         WHERE moved.ticket_id = added.ticket_id AND moved.sequence = added.sequence) = added.version END
               AND added.tx = pg_current_xact_id()) IS NOT TRUE;
      IF pending IS NOT NULL THEN
        PERFORM 1 FROM added WHERE added.tx <> pg_current_xact_id();
        IF FOUND THEN
          RAISE EXCEPTION 'the column tx of an event is the transaction that inserts it; leave it out'
            USING ERRCODE = '23514', CONSTRAINT = 'ticket_events_tx', TABLE = 'ticket_events';
        END IF;
        INSERT INTO ${schema}.unsettled_moves (ticket_ids) VALUES (pending);
      END IF;
      RETURN NULL;
    END $$;

    ${settle(schema)}`);
}

/** Checks the tickets of a pending check as a whole. */
function settle(schema: string): string {
  return `
    CREATE FUNCTION tickets_settled() RETURNS trigger LANGUAGE plpgsql ${CAREFUL} AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT ticket.* INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        LEFT JOIN ${schema}.phase_history newest
          ON newest.ticket_id = ticket.id AND newest.sequence = ticket.transition_count
        WHERE ticket.transition_count <> 0 AND ${matchesNewestRow(schema, 'ticket')} IS NOT TRUE
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
      SELECT ticket.id, ticket.initial_phase_id INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        LEFT JOIN ${schema}.phase_history first ON first.ticket_id = ticket.id AND first.sequence = 1
        JOIN ${schema}.ticket_events created
          ON created.ticket_id = ticket.id AND created.version = 1 AND created.tx = pg_current_xact_id()
        WHERE NOT ${schema}.graph_begins(coalesce(first.graph_id, ticket.graph_id), ticket.initial_phase_id)
        LIMIT 1;
      IF FOUND THEN
        ${raiseMisplaced('wrong.id')}
      END IF;
      SELECT event.* INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.ticket_events event ON event.ticket_id = unsettled.id
        LEFT JOIN ${schema}.tickets ticket ON ticket.id = event.ticket_id
        LEFT JOIN ${schema}.phase_history moved ON moved.ticket_id = event.ticket_id AND moved.sequence = event.sequence
        WHERE (event.version <= ticket.version) IS NOT TRUE
           OR event.sequence IS NOT NULL AND ${matchesEvent('moved', 'event')} IS NOT TRUE
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'event % of ticket % ("%") did not happen', wrong.version, wrong.ticket_id, wrong.type
          USING ERRCODE = '23514', CONSTRAINT = 'ticket_events_happened', TABLE = 'ticket_events';
      END IF;
      SELECT ticket.id, ticket.version INTO wrong
        FROM unnest(NEW.ticket_ids) AS unsettled (id)
        JOIN ${schema}.tickets ticket ON ticket.id = unsettled.id
        WHERE ticket.version <> (SELECT count(*) FROM ${schema}.ticket_events WHERE ticket_id = ticket.id)
           OR EXISTS (SELECT FROM ${schema}.phase_history moved
                        LEFT JOIN ${schema}.ticket_events event
                          ON event.ticket_id = moved.ticket_id AND event.version = moved.version
                       WHERE moved.ticket_id = ticket.id AND event.sequence IS DISTINCT FROM moved.sequence)
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'ticket % has version % and lacks the event of a version or of a history row', wrong.id, wrong.version
          USING ERRCODE = '23514', CONSTRAINT = 'tickets_events', TABLE = 'tickets';
      END IF;
      DELETE FROM ${schema}.unsettled_moves WHERE id = NEW.id;
      RETURN NULL;
    END $$`;
}

function raiseMisplaced(ticket: string): string {
  return `RAISE EXCEPTION 'ticket % must start in an initial phase of its workflow version', ${ticket}
          USING ERRCODE = '23514', CONSTRAINT = 'tickets_initial_phase', TABLE = 'tickets';`;
}

/** Condition that a ticket matches its newest history row: phase, previous phase, graph. */
function matchesNewestRow(schema: string, ticket: string): string {
  return `(newest.to_phase = ${ticket}.phase_id AND newest.from_phase = ${ticket}.previous_phase_id
            AND CASE newest.graph_id WHEN ${ticket}.graph_id THEN true
                  ELSE ${schema}.graph_leads(newest.graph_id, ${ticket}.graph_id, ${ticket}.phase_id) END)`;
}

/**
 * Condition that a ticket matches its newest history row, if it has moved, and that its version has an event. The event of
 * a history row is checked with the row.
 */
function matchesRecord(schema: string, ticket: string): string {
  return `(CASE ${ticket}.transition_count WHEN 0 THEN true ELSE ${matchesNewestRow(schema, ticket)} END
            AND CASE newest.version WHEN ${ticket}.version THEN true
                  ELSE (SELECT event.sequence IS NULL FROM ${schema}.ticket_events event
                          WHERE event.ticket_id = ${ticket}.id AND event.version = ${ticket}.version) END)`;
}

/** Condition that an event is that of a history row. */
function matchesEvent(row: string, event: string): string {
  return `(${event}.sequence = ${row}.sequence AND ${event}.version = ${row}.version AND ${event}.at = ${row}.created_at
            AND ${event}.type = CASE ${row}.kind WHEN 'transition' THEN 'moved' ELSE 'migrated' END)`;
}
