import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '../access/caller';

export const EVENT_TYPES = ['created', 'edited', 'moved', 'migrated', 'archived', 'restored'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Whether events of a type say which fields changed. */
export function hasChanges(type: EventType): boolean {
  return type === 'edited' || type === 'migrated';
}

/**
 * What made a version of a ticket, and who. Written with the change, in the same transaction, and never changed.
 *
 * The table has one more column that the database fills: `tx`, the transaction that made the event. Readers of "everything
 * after" go by it, because transactions commit out of order. TypeORM does not know its type (xid8), so it may not compare
 * this table with the migrations; a test does.
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

  /** With `moved`, and with `migrated` where the phase changed: the row of the history. */
  @Column({ type: 'integer', nullable: true })
  sequence: number | null;

  /** With `edited` and `migrated`: the fields that changed, as they are now. Null where that was not recorded. */
  @Column({ type: 'jsonb', nullable: true })
  changes: Record<string, unknown> | null;
}
