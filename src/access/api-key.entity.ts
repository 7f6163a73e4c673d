import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ActorKind, Role } from './caller';

const TIME = { precision: 3 } as const;

/** An API key. Only a SHA-256 and a lookup prefix of the secret are stored. */
@Entity('api_keys')
@Unique('api_keys_name_key', ['name'])
@Index('api_keys_prefix_idx', ['prefix'])
@Index('api_keys_previous_prefix_idx', ['previousPrefix'], { where: 'previous_prefix IS NOT NULL' })
@Check('api_keys_name_check', `name <> 'system'`)
@Check('api_keys_hash_check', 'length(hash) = 32')
@Check(
  'api_keys_previous_check',
  'num_nulls(previous_prefix, previous_hash, previous_expires_at) IN (0, 3) ' +
    'AND (previous_hash IS NULL OR length(previous_hash) = 32)',
)
@Check('api_keys_actor_kind_check', `actor_kind IN ('human', 'agent', 'service')`)
@Check('api_keys_role_check', `role IN ('viewer', 'worker', 'admin')`)
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id: string;

  /** Unique, also among revoked keys, so that a name in a history identifies one actor. */
  @Column({ type: 'varchar', length: 100 })
  name: string;

  /** The first characters of the secret, by which keys are looked up. */
  @Column({ type: 'varchar', length: 16 })
  prefix: string;

  @Column({ type: 'bytea' })
  hash: Buffer;

  /** The secret that the last rotation replaced, as `prefix` and `hash`; null if it ended at once. */
  @Column({ type: 'varchar', name: 'previous_prefix', length: 16, nullable: true })
  previousPrefix: string | null;

  @Column({ type: 'bytea', name: 'previous_hash', nullable: true })
  previousHash: Buffer | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'previous_expires_at', nullable: true })
  previousExpiresAt: Date | null;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20 })
  actorKind: Exclude<ActorKind, 'system'>;

  @Column({ type: 'varchar', length: 20 })
  role: Role;

  /** The project that the key is limited to; null: none. */
  @Column({ type: 'uuid', name: 'project_id', nullable: true })
  @ForeignKey('Project', { name: 'api_keys_project_id_fkey' })
  projectId: string | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', ...TIME, name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'revoked_at', nullable: true })
  revokedAt: Date | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'last_used_at', nullable: true })
  lastUsedAt: Date | null;
}
