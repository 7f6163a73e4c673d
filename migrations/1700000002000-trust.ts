import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * API keys, an event for every change of a ticket, and the stored responses of requests with an Idempotency-Key.
 *
 * `ticket_events` has one row per version of a ticket. It has no foreign key, which would lock one more row per
 * transition, and tickets are archived, not deleted.
 */
export class Trust1700000002000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createApiKeys(queryRunner);
    await createTicketEvents(queryRunner);
    await createEarlierEvents(queryRunner);
    await createIdempotencyKeys(queryRunner);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE idempotency_keys; DROP TABLE ticket_events; DROP TABLE api_keys`);
  }
}

async function createApiKeys(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE api_keys (
      id           uuid           NOT NULL,
      name         varchar(100)   NOT NULL,
      prefix       varchar(16)    NOT NULL,
      hash         bytea          NOT NULL,
      actor_kind   varchar(20)    NOT NULL,
      role         varchar(20)    NOT NULL,
      project_id   uuid,
      created_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      expires_at   timestamptz(3),
      revoked_at   timestamptz(3),
      last_used_at timestamptz(3),
      CONSTRAINT api_keys_pkey PRIMARY KEY (id),
      CONSTRAINT api_keys_name_key UNIQUE (name),
      CONSTRAINT api_keys_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects (id),
      CONSTRAINT api_keys_name_check CHECK (name <> 'system'),
      CONSTRAINT api_keys_hash_check CHECK (length(hash) = 32),
      CONSTRAINT api_keys_actor_kind_check CHECK (actor_kind IN ('human', 'agent', 'service')),
      CONSTRAINT api_keys_role_check CHECK (role IN ('viewer', 'worker', 'admin'))
    );
    CREATE INDEX api_keys_prefix_idx ON api_keys (prefix);
    CREATE TRIGGER api_keys_kept BEFORE DELETE OR TRUNCATE ON api_keys
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('keys are revoked, not removed: their names stay taken')`);
}

async function createTicketEvents(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE ticket_events (
      ticket_id  uuid           NOT NULL,
      version    integer        NOT NULL,
      type       varchar(20)    NOT NULL,
      actor      varchar(255)   NOT NULL DEFAULT 'system',
      actor_kind varchar(20)    NOT NULL DEFAULT 'system',
      at         timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      sequence   integer,
      changes    jsonb,
      tx         xid8           NOT NULL DEFAULT pg_current_xact_id(),
      CONSTRAINT ticket_events_pkey PRIMARY KEY (ticket_id, version),
      CONSTRAINT ticket_events_type_check CHECK (type IN ('created', 'edited', 'moved', 'archived', 'restored')),
      CONSTRAINT ticket_events_sequence_check CHECK ((type = 'moved') = (sequence IS NOT NULL)),
      CONSTRAINT ticket_events_version_check CHECK (version >= 1 AND (version = 1) = (type = 'created')),
      CONSTRAINT ticket_events_actor_kind_check CHECK (actor_kind IN ('human', 'agent', 'service', 'system'))
    );
    CREATE TRIGGER ticket_events_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_events
      FOR EACH STATEMENT EXECUTE FUNCTION append_only('events are append-only')`);
}

/** Derives events of earlier transitions from their history. Of other earlier changes, only the number is known. */
async function createEarlierEvents(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    INSERT INTO ticket_events (ticket_id, version, type, at)
      SELECT id, 1, 'created', created_at FROM tickets;
    INSERT INTO ticket_events (ticket_id, version, type, actor, actor_kind, at, sequence)
      SELECT DISTINCT ON (ticket_id, version) ticket_id, version, 'moved', transitioned_by, actor_kind, created_at, sequence
        FROM phase_history WHERE version > 1 ORDER BY ticket_id, version, sequence DESC;
    INSERT INTO ticket_events (ticket_id, version, type, at)
      SELECT id, number, 'edited', updated_at FROM tickets, generate_series(2, version) AS number
      ON CONFLICT DO NOTHING`);
}

async function createIdempotencyKeys(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE idempotency_keys (
      scope       varchar(64)    NOT NULL,
      key         varchar(255)   NOT NULL,
      fingerprint bytea          NOT NULL,
      status      smallint       NOT NULL,
      headers     jsonb          NOT NULL,
      body        bytea          NOT NULL,
      created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
      CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key)
    );
    CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at)`);
}
