import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tickets, before their phases were tracked. */
export class Tickets1700000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tickets (
        id          uuid           NOT NULL,
        title       varchar(500)   NOT NULL,
        description text,
        priority    varchar(20)    NOT NULL DEFAULT 'MEDIUM',
        phase_id    varchar(50)    NOT NULL DEFAULT 'BACKLOG',
        created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        updated_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT tickets_pkey PRIMARY KEY (id),
        CONSTRAINT tickets_priority_check CHECK (priority IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW'))
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE tickets`);
  }
}
