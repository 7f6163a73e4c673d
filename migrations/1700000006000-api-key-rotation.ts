import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A second secret per API key, which stays valid for a while after a rotation, and an append-only log of what happened to
 * keys. Existing keys get the events that can be derived from their columns.
 */
export class ApiKeyRotation1700000006000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE api_keys
        ADD COLUMN previous_prefix     varchar(16),
        ADD COLUMN previous_hash       bytea,
        ADD COLUMN previous_expires_at timestamptz(3),
        ADD CONSTRAINT api_keys_previous_check CHECK (
          num_nulls(previous_prefix, previous_hash, previous_expires_at) IN (0, 3)
          AND (previous_hash IS NULL OR length(previous_hash) = 32));
      CREATE INDEX api_keys_previous_prefix_idx ON api_keys (previous_prefix) WHERE previous_prefix IS NOT NULL;

      CREATE TABLE api_key_events (
        id                  integer        NOT NULL GENERATED ALWAYS AS IDENTITY,
        api_key_id          uuid           NOT NULL,
        type                varchar(20)    NOT NULL,
        actor               varchar(255)   NOT NULL DEFAULT 'system',
        actor_kind          varchar(20)    NOT NULL DEFAULT 'system',
        at                  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        previous_expires_at timestamptz(3),
        CONSTRAINT api_key_events_pkey PRIMARY KEY (id),
        CONSTRAINT api_key_events_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES api_keys (id),
        CONSTRAINT api_key_events_type_check CHECK (type IN ('created', 'rotated', 'revoked')),
        CONSTRAINT api_key_events_actor_kind_check CHECK (actor_kind IN ('human', 'agent', 'service', 'system')),
        CONSTRAINT api_key_events_previous_check CHECK (previous_expires_at IS NULL OR type = 'rotated')
      );
      CREATE INDEX api_key_events_api_key_id_idx ON api_key_events (api_key_id, id);
      INSERT INTO api_key_events (api_key_id, type, at)
        SELECT id, type, at
          FROM api_keys CROSS JOIN LATERAL (VALUES ('created', created_at), ('revoked', revoked_at)) AS derived (type, at)
         WHERE at IS NOT NULL ORDER BY at;
      CREATE TRIGGER api_key_events_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON api_key_events
        FOR EACH STATEMENT EXECUTE FUNCTION append_only('events of API keys are append-only');
      ALTER TABLE api_key_events ENABLE ALWAYS TRIGGER api_key_events_frozen`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE api_key_events;
      ALTER TABLE api_keys DROP COLUMN previous_prefix, DROP COLUMN previous_hash, DROP COLUMN previous_expires_at`);
  }
}
