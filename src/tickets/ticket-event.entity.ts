import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '../access/caller';

export const EVENT_TYPES = ['created', 'edited', 'moved', 'migrated', 'archived', 'restored'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * An event: the change that made a version of a ticket, and its actor. Written in the transaction of the change, and never
 * updated.
 *
 * The database fills one more column, `tx`: the transaction that wrote the event. Readers of all later events use it, because
 * transactions commit out of order. TypeORM does not support its type (xid8) and must not compare this table with the
 * migrations; a test does.
 */
@Entity('ticket_events', { synchronize: false })
@Check('ticket_events_type_check', `type IN ('created', 'edited', 'moved', 'migrated', 'archived', 'restored')`)
@Check(
  'ticket_events_sequence_check',
  `CASE type WHEN 'moved' THEN sequence IS NOT NULL WHEN 'migrated' THEN true ELSE sequence IS NULL END`,
)
@Check('ticket_events_version_check', `version >= 1 AND (version = 1) = (type = 'created')`)
@Check('ticket_events_actor_kind_check', `actor_kind IN ('human', 'agent', 'service', 'system')`)
export class TicketEvent {
  @PrimaryColumn('uuid', { name: 'ticket_id', primaryKeyConstraintName: 'ticket_events_pkey' })
  ticketId: string;

  /** The version of the ticket that this change made. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'ticket_events_pkey' })
  version: number;

  @Column({ type: 'varchar', length: 20 })
  type: EventType;

  @Column({ type: 'varchar', length: 255, default: 'system' })
  actor: string;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20, default: 'system' })
  actorKind: ActorKind;

  @Column({ type: 'timestamptz', precision: 3, default: () => 'clock_timestamp()' })
  at: Date;

  /** With `moved`, and with `migrated` if the phase changed: the history row. */
  @Column({ type: 'integer', nullable: true })
  sequence: number | null;

  /** With `edited` and `migrated`: the changed fields with their new values; null if they were not recorded. */
  @Column({ type: 'jsonb', nullable: true })
  changes: Record<string, unknown> | null;
}
