import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Runs that migrate tickets to another version of their workflow: request and progress. History and events record the
 * migration of each ticket.
 *
 * Any server process can continue a run whose row is not locked. Therefore the row holds the whole state of the run, and
 * it is written in the same transaction as the tickets that it counts.
 */
export class WorkflowMigrations1700000004000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE workflow_migrations (
        id            uuid           NOT NULL,
        plan_id       integer        NOT NULL,
        from_graph_id integer        NOT NULL,
        tickets       integer        NOT NULL,
        moved         integer        NOT NULL DEFAULT 0,
        kept          integer        NOT NULL DEFAULT 0,
        skipped       integer        NOT NULL DEFAULT 0,
        pass          integer        NOT NULL DEFAULT 1,
        looked_until  uuid,
        pass_done     integer        NOT NULL DEFAULT 0,
        pass_held     integer        NOT NULL DEFAULT 0,
        pass_skipped  integer        NOT NULL DEFAULT 0,
        actor         varchar(255)   NOT NULL,
        actor_kind    varchar(20)    NOT NULL,
        created_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        finished_at   timestamptz(3),
        CONSTRAINT workflow_migrations_pkey PRIMARY KEY (id),
        CONSTRAINT workflow_migrations_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES graphs (id),
        CONSTRAINT workflow_migrations_from_graph_id_fkey FOREIGN KEY (from_graph_id) REFERENCES graphs (id),
        CONSTRAINT workflow_migrations_actor_kind_check CHECK (actor_kind IN ('human', 'agent', 'service', 'system'))
      );
      CREATE UNIQUE INDEX workflow_migrations_unfinished_idx ON workflow_migrations (from_graph_id)
        WHERE finished_at IS NULL`);
  }

  /** Stops unfinished runs. Each ticket keeps the version that it has at that moment. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE workflow_migrations');
  }
}
