import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ActorKind } from './caller';

/** The types of events of API keys. */
export const API_KEY_EVENT_TYPES = ['created', 'rotated', 'revoked'] as const;

/** Something that happened to an API key. Rows are append-only. */
@Entity('api_key_events')
@Index('api_key_events_api_key_id_idx', ['apiKeyId', 'id'])
@Check('api_key_events_type_check', `type IN ('created', 'rotated', 'revoked')`)
@Check('api_key_events_actor_kind_check', `actor_kind IN ('human', 'agent', 'service', 'system')`)
@Check('api_key_events_previous_check', `previous_expires_at IS NULL OR type = 'rotated'`)
export class ApiKeyEvent {
  @PrimaryGeneratedColumn('identity', {
    type: 'integer',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'api_key_events_pkey',
  })
  id: number;

  @Column({ type: 'uuid', name: 'api_key_id' })
  @ForeignKey('ApiKey', { name: 'api_key_events_api_key_id_fkey' })
  apiKeyId: string;

  @Column({ type: 'varchar', length: 20 })
  type: (typeof API_KEY_EVENT_TYPES)[number];

  @Column({ type: 'varchar', length: 255, default: 'system' })
  actor: string;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20, default: 'system' })
  actorKind: ActorKind;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  at: Date;

  /** When the secret that a rotation replaced expires; null if it ended at once, and for other events. */
  @Column({ type: 'timestamptz', precision: 3, name: 'previous_expires_at', nullable: true })
  previousExpiresAt: Date | null;
}
