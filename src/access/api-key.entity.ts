import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ActorKind, Role } from './caller';

const TIME = { precision: 3 } as const;

/** A secret that somebody proves himself with. The secret itself is nowhere: only its SHA-256, and how it begins. */
@Entity('api_keys')
@Unique('api_keys_name_key', ['name'])
@Index('api_keys_prefix_idx', ['prefix'])
@Check('api_keys_name_check', `name <> 'system'`)
@Check('api_keys_hash_check', 'length(hash) = 32')
@Check('api_keys_actor_kind_check', `actor_kind IN ('human', 'agent', 'service')`)
@Check('api_keys_role_check', `role IN ('viewer', 'worker', 'admin')`)
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id: string;

  /** Unique for ever: a revoked key's name stays taken, so that a name in a history means one actor. */
  @Column({ type: 'varchar', length: 100 })
  name: string;

  /** How the secret begins: what a key is looked up by. */
  @Column({ type: 'varchar', length: 16 })
  prefix: string;

  @Column({ type: 'bytea' })
  hash: Buffer;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20 })
  actorKind: Exclude<ActorKind, 'system'>;

  @Column({ type: 'varchar', length: 20 })
  role: Role;

  /** The only project that the key's holder sees; null: all. Projects live in a room above this one. */
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
