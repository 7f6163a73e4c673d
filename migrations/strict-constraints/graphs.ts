import type { QueryRunner } from 'typeorm';

/** Creates `graph_phases`, the runs that plans lack, and the constraints of workflow versions and plans. */
export async function createGraphConstraints(queryRunner: QueryRunner, schema: string): Promise<void> {
  await createPhases(queryRunner, schema);
  await addMissingRuns(queryRunner);
  await addChecks(queryRunner);
  await createGraphTriggers(queryRunner, schema);
}

export async function dropGraphConstraints(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    DROP TRIGGER graphs_phases ON graphs;
    DROP TRIGGER graphs_complete ON graphs;
    DROP TRIGGER graph_edges_sealed ON graph_edges;
    CREATE TRIGGER graph_edges_sealed AFTER INSERT ON graph_edges FOR EACH ROW EXECUTE FUNCTION graph_edges_sealed();
    ALTER TABLE graphs DROP CONSTRAINT graphs_definition_check, DROP CONSTRAINT graphs_built_in_check;
    DROP TABLE graph_phases;
    DROP FUNCTION graph_edges_valid(), graph_phases_sealed(), graphs_phases(), graphs_complete(), graph_phases_of(json)`);
}

/** The phases of every version, for constraints and for queries that must not read definitions. */
async function createPhases(queryRunner: QueryRunner, schema: string): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE graph_phases (
      graph_id integer     NOT NULL,
      phase_id varchar(50) NOT NULL,
      category varchar(20) NOT NULL,
      position integer     NOT NULL,
      initial  boolean     NOT NULL,
      CONSTRAINT graph_phases_pkey PRIMARY KEY (graph_id, phase_id),
      CONSTRAINT graph_phases_position_key UNIQUE (graph_id, position),
      CONSTRAINT graph_phases_graph_id_fkey FOREIGN KEY (graph_id) REFERENCES graphs (id),
      CONSTRAINT graph_phases_category_check CHECK (category IN ('todo', 'active', 'waiting', 'done'))
    );
    CREATE FUNCTION graph_phases_of(definition json)
      RETURNS TABLE (phase_id varchar, category varchar, "position" integer, initial boolean)
      LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
      SELECT phase->>'id', phase->>'category', number::integer,
             phase->>'id' = ANY (ARRAY(SELECT json_array_elements_text(definition->'initial')))
        FROM json_array_elements(definition->'phases') WITH ORDINALITY AS listed (phase, number)
    $$;
    DO $$
    DECLARE
      graph record;
    BEGIN
      FOR graph IN SELECT id, definition FROM ${schema}.graphs WHERE kind = 'workflow' AND definition IS NOT NULL LOOP
        BEGIN
          INSERT INTO ${schema}.graph_phases
            SELECT graph.id, phase.* FROM ${schema}.graph_phases_of(graph.definition) AS phase;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
          RAISE NOTICE 'The definition of graph % is broken. Run verify.', graph.id;
        END;
      END LOOP;
    END $$`);
}

/** Ids are UUIDv7 of the time of the plan, because runs are listed by their ids. */
async function addMissingRuns(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind, created_at, finished_at)
      SELECT (regexp_replace(lpad(to_hex((extract(epoch FROM created_at) * 1000)::bigint), 12, '0'), '^(.{8})', '\\1-')
               || '-7' || substr(gen_random_uuid()::text, 16))::uuid,
             id, from_graph_id, 0, 'system', 'system', created_at, created_at
        FROM graphs plan
       WHERE kind = 'migration' AND NOT EXISTS (SELECT FROM workflow_migrations WHERE plan_id = plan.id)`);
}

/** Earlier rows that were inserted with SQL may break the checks, which then hold for new rows only. */
async function addChecks(queryRunner: QueryRunner): Promise<void> {
  const checks = {
    graphs_definition_check: `(
      CASE kind WHEN 'workflow' THEN digest = sha256(convert_to(definition::text, 'UTF8')) AND definition->>'key' = workflow
        AND json_typeof(definition->'phases') = 'array' AND json_typeof(definition->'initial') = 'array'
        AND json_typeof(definition->'transitions') = 'array'
      ELSE definition IS NULL AND digest IS NULL END IS TRUE)`,
    graphs_built_in_check: `(workflow <> 'sdlc' OR kind = 'workflow' AND version = 1)`,
  };
  for (const [name, check] of Object.entries(checks)) {
    await queryRunner.query(`ALTER TABLE graphs ADD CONSTRAINT ${name} CHECK ${check} NOT VALID`);
    await queryRunner.query(`
      DO $$
      BEGIN
        ALTER TABLE graphs VALIDATE CONSTRAINT ${name};
      EXCEPTION WHEN data_exception OR check_violation THEN
        RAISE NOTICE 'Rows of graphs break ${name}. Run verify.';
      END $$`);
  }
}

async function createGraphTriggers(queryRunner: QueryRunner, schema: string): Promise<void> {
  const inserted = `xmin = pg_current_xact_id()::xid`;
  await queryRunner.query(`
    CREATE FUNCTION graphs_phases() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      INSERT INTO ${schema}.graph_phases SELECT NEW.id, phase.* FROM ${schema}.graph_phases_of(NEW.definition) AS phase;
      RETURN NULL;
    END $$;

    CREATE FUNCTION graph_phases_sealed() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT listed.graph_id INTO wrong FROM (
        SELECT added.graph_id, added.phase_id, added.category, added."position", added.initial FROM added
        EXCEPT
        SELECT graph.id, phase.*
          FROM ${schema}.graphs graph CROSS JOIN LATERAL ${schema}.graph_phases_of(graph.definition) AS phase
         WHERE graph.id IN (SELECT added.graph_id FROM added) AND graph.kind = 'workflow' AND graph.${inserted}) AS listed
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the phases of graph % are those of its definition; make a new version instead', wrong.graph_id
          USING ERRCODE = '23001', CONSTRAINT = 'graph_phases_sealed', TABLE = 'graph_phases';
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION graph_edges_valid() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      wrong record;
    BEGIN
      SELECT added.graph_id INTO wrong
        FROM added JOIN ${schema}.graphs graph ON graph.id = added.graph_id WHERE NOT graph.${inserted} LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'graph % is complete; make a new version instead', wrong.graph_id
          USING ERRCODE = '23001', CONSTRAINT = 'graph_edges_sealed', TABLE = 'graph_edges';
      END IF;
      SELECT edge.* INTO wrong FROM (
        SELECT added.graph_id, added.from_phase, added.to_phase
          FROM added JOIN ${schema}.graphs graph ON graph.id = added.graph_id AND graph.kind = 'workflow'
        EXCEPT
        SELECT graph.id, edge->>'from', edge->>'to'
          FROM ${schema}.graphs graph CROSS JOIN LATERAL json_array_elements(graph.definition->'transitions') AS edge
         WHERE graph.id IN (SELECT added.graph_id FROM added) AND graph.kind = 'workflow') AS edge LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the definition of graph % has no transition from % to %',
            wrong.graph_id, wrong.from_phase, wrong.to_phase
          USING ERRCODE = '23514', CONSTRAINT = 'graph_edges_valid', TABLE = 'graph_edges';
      END IF;
      SELECT added.* INTO wrong
        FROM added
        JOIN ${schema}.graphs plan ON plan.id = added.graph_id AND plan.kind = 'migration'
        LEFT JOIN ${schema}.graph_phases start ON start.graph_id = plan.from_graph_id AND start.phase_id = added.from_phase
        LEFT JOIN ${schema}.graph_phases goal ON goal.graph_id = plan.to_graph_id AND goal.phase_id = added.to_phase
       WHERE start.graph_id IS NULL OR goal.graph_id IS NULL
          OR EXISTS (SELECT FROM ${schema}.graph_edges other WHERE other.graph_id = added.graph_id
                       AND other.from_phase = added.from_phase AND other.to_phase <> added.to_phase)
       LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'plan % cannot map % to %: it maps each phase of one version to one phase of the other',
            wrong.graph_id, wrong.from_phase, wrong.to_phase
          USING ERRCODE = '23514', CONSTRAINT = 'graph_edges_valid', TABLE = 'graph_edges';
      END IF;
      RETURN NULL;
    END $$;

    CREATE FUNCTION graphs_complete() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      problem text;
    BEGIN
      problem := CASE NEW.kind
        WHEN 'workflow' THEN CASE
          WHEN NOT EXISTS (SELECT FROM ${schema}.workflows WHERE key = NEW.workflow)
            THEN 'its workflow does not exist'
          WHEN NEW.version <> 1 AND NOT EXISTS (SELECT FROM ${schema}.graphs
              WHERE workflow = NEW.workflow AND version = NEW.version - 1 AND kind = 'workflow')
            THEN 'the version before it does not exist'
          WHEN EXISTS (SELECT edge->>'from', edge->>'to' FROM json_array_elements(NEW.definition->'transitions') AS edge
              EXCEPT SELECT from_phase, to_phase FROM ${schema}.graph_edges WHERE graph_id = NEW.id)
            THEN 'it lacks transitions of its definition' END
        ELSE CASE
          WHEN NOT EXISTS (SELECT FROM ${schema}.graphs start JOIN ${schema}.graphs goal ON goal.workflow = start.workflow
              WHERE start.id = NEW.from_graph_id AND goal.id = NEW.to_graph_id
                AND start.kind = 'workflow' AND goal.kind = 'workflow'
                AND NEW.workflow = format('%s %s→%s', start.workflow, start.version, goal.version))
            THEN 'a plan joins two versions of one workflow and is named after them, such as "chores 1→2"'
          WHEN NOT EXISTS (SELECT FROM ${schema}.workflow_migrations WHERE plan_id = NEW.id)
            THEN 'a plan needs a run in workflow_migrations' END
        END;
      IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'graph % (% %) is refused: %', NEW.id, NEW.workflow, NEW.version, problem
          USING ERRCODE = '23514', CONSTRAINT = 'graphs_complete', TABLE = 'graphs';
      END IF;
      RETURN NULL;
    END $$;

    CREATE TRIGGER graphs_phases AFTER INSERT ON graphs
      FOR EACH ROW WHEN (NEW.kind = 'workflow') EXECUTE FUNCTION graphs_phases();
    CREATE CONSTRAINT TRIGGER graphs_complete AFTER INSERT ON graphs
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION graphs_complete();
    CREATE TRIGGER graph_phases_sealed AFTER INSERT ON graph_phases
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION graph_phases_sealed();
    CREATE TRIGGER graph_phases_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON graph_phases
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('the phases of a graph are fixed');
    DROP TRIGGER graph_edges_sealed ON graph_edges;
    CREATE TRIGGER graph_edges_sealed AFTER INSERT ON graph_edges
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION graph_edges_valid()`);
}
