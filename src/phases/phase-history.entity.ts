import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '../access/caller';

export const HISTORY_KINDS = ['transition', 'migration'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** One move of one ticket. Written with the move, in the same transaction, and never changed afterwards. */
@Entity('phase_history')
@Index('phase_history_created_at_idx', ['createdAt'])
@Check('phase_history_sequence_check', 'sequence >= 1')
@Check('phase_history_kind_check', `kind IN ('transition', 'migration')`)
@Check('phase_history_created_at_check', 'isfinite(created_at)')
@Check('phase_history_actor_kind_check', `actor_kind IN ('human', 'agent', 'service', 'system')`)
export class PhaseHistory {
  @PrimaryColumn('uuid', { name: 'ticket_id', primaryKeyConstraintName: 'phase_history_pkey' })
  /** The database checks it as a foreign key, by a trigger for all rows of a statement. */
  ticketId: string;

  /** 1, 2, 3 … without gaps. History is ordered by this, never by time. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'phase_history_pkey' })
  sequence: number;

  @Column('uuid')
  id: string;

  @Column({ type: 'varchar', name: 'from_phase', length: 50 })
  fromPhase: string;

  @Column({ type: 'varchar', name: 'to_phase', length: 50 })
  toPhase: string;

  @Column({ type: 'text', name: 'transition_reason', nullable: true })
  transitionReason: string | null;

  @Column({ type: 'varchar', name: 'transitioned_by', length: 255, default: 'system' })
  transitionedBy: string;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20, default: 'system' })
  actorKind: ActorKind;

  @Column({ type: 'jsonb', nullable: true })
  artifacts: Record<string, unknown> | null;

  /** `migration`: the ticket went over to another version of its workflow, and its phase has another name there. */
  @Column({ type: 'varchar', length: 20, default: 'transition' })
  kind: HistoryKind;

  /** The workflow version that the move was judged under; of a migration, its plan. */
  @Column({ type: 'integer', name: 'graph_id' })
  graphId: number;

  /** The ticket's version after the move. */
  @Column('integer')
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}
