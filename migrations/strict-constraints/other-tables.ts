import type { QueryRunner } from 'typeorm';

/** Creates the constraints of projects, workflows, migration runs, API keys and stored responses. */
export async function createOtherConstraints(queryRunner: QueryRunner, schema: string): Promise<void> {
  await refuseEqualNames(queryRunner);
  await queryRunner.query(`
    CREATE FUNCTION workflow_migrations_plan() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
      PERFORM 1 FROM ${schema}.graphs
        WHERE id = NEW.plan_id AND kind = 'migration' AND from_graph_id = NEW.from_graph_id;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'run % needs a plan that leads from graph %; graph % is none', NEW.id, NEW.from_graph_id, NEW.plan_id
          USING ERRCODE = '23514', CONSTRAINT = 'workflow_migrations_plan', TABLE = 'workflow_migrations';
      END IF;
      RETURN NULL;
    END $$;

    CREATE TRIGGER workflow_migrations_plan AFTER INSERT ON workflow_migrations
      FOR EACH ROW EXECUTE FUNCTION workflow_migrations_plan();
    CREATE TRIGGER workflow_migrations_fixed AFTER UPDATE ON workflow_migrations
      FOR EACH ROW
      WHEN (OLD.finished_at IS NOT NULL
            OR (NEW.id, NEW.plan_id, NEW.from_graph_id, NEW.tickets, NEW.actor, NEW.actor_kind, NEW.created_at)
               <> (OLD.id, OLD.plan_id, OLD.from_graph_id, OLD.tickets, OLD.actor, OLD.actor_kind, OLD.created_at)
            OR NEW.moved < OLD.moved OR NEW.kept < OLD.kept OR NEW.pass < OLD.pass)
      EXECUTE FUNCTION append_only('a run only goes on until it is finished');
    CREATE TRIGGER workflow_migrations_kept BEFORE DELETE OR TRUNCATE ON workflow_migrations
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('runs are kept');

    CREATE TRIGGER workflows_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON workflows
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('a workflow is fixed');

    CREATE TRIGGER projects_fixed AFTER UPDATE ON projects
      FOR EACH ROW
      WHEN ((NEW.id, NEW.key, NEW.created_at) <> (OLD.id, OLD.key, OLD.created_at))
      EXECUTE FUNCTION append_only('id, key and creation of a project are fixed');
    CREATE TRIGGER projects_kept BEFORE DELETE OR TRUNCATE ON projects
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('projects are kept');

    ALTER TABLE api_keys
      DROP CONSTRAINT api_keys_name_check,
      ADD CONSTRAINT api_keys_name_check CHECK (lower(name) <> 'system');
    CREATE UNIQUE INDEX api_keys_lower_name_idx ON api_keys (lower(name));
    CREATE TRIGGER api_keys_fixed AFTER UPDATE ON api_keys
      FOR EACH ROW
      WHEN ((NEW.id, NEW.name, NEW.actor_kind, NEW.role, NEW.created_at)
              <> (OLD.id, OLD.name, OLD.actor_kind, OLD.role, OLD.created_at)
            OR NEW.project_id IS DISTINCT FROM OLD.project_id
            OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
      EXECUTE FUNCTION append_only('name, role and project of a key are fixed, and a revoked key stays revoked');

    CREATE TRIGGER idempotency_keys_fixed BEFORE UPDATE OR TRUNCATE ON idempotency_keys
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('stored responses are fixed')`);
}

export async function dropOtherConstraints(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    DROP TRIGGER idempotency_keys_fixed ON idempotency_keys;
    DROP TRIGGER api_keys_fixed ON api_keys;
    DROP INDEX api_keys_lower_name_idx;
    ALTER TABLE api_keys
      DROP CONSTRAINT api_keys_name_check,
      ADD CONSTRAINT api_keys_name_check CHECK (name <> 'system');
    DROP TRIGGER projects_fixed ON projects;
    DROP TRIGGER projects_kept ON projects;
    DROP TRIGGER workflows_frozen ON workflows;
    DROP TRIGGER workflow_migrations_plan ON workflow_migrations;
    DROP TRIGGER workflow_migrations_fixed ON workflow_migrations;
    DROP TRIGGER workflow_migrations_kept ON workflow_migrations;
    DROP FUNCTION workflow_migrations_plan()`);
}

/** The application has always refused them; keys inserted with SQL may have them. */
async function refuseEqualNames(queryRunner: QueryRunner): Promise<void> {
  const equal: { names: string }[] = await queryRunner.query(
    `SELECT string_agg(name, ', ' ORDER BY name) AS names FROM api_keys GROUP BY lower(name)
       HAVING count(*) > 1 OR lower(name) = 'system'`,
  );
  if (equal.length === 0) return;
  throw new Error(
    [
      'Some API keys have names that differ in case only, or the reserved name "system". Rename them with SQL and start again:',
    ]
      .concat(equal.map(({ names }) => `  ${names}`))
      .join('\n'),
  );
}
