import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '../../access/caller';
import { Graph } from '../../workflows/graph.entity';

/**
 * A run that takes tickets to another version of their workflow, and how far it has come. It walks through all tickets by
 * id, in passes, until a whole pass finds nothing more to do.
 */
@Entity('workflow_migrations')
@Index('workflow_migrations_unfinished_idx', ['fromGraphId'], { unique: true, where: 'finished_at IS NULL' })
@Check('workflow_migrations_actor_kind_check', `actor_kind IN ('human', 'agent', 'service', 'system')`)
export class WorkflowMigration {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'workflow_migrations_pkey' })
  id: string;

  /** The graph whose edges say where the tickets of each phase go. */
  @Column('integer', { name: 'plan_id' })
  @ForeignKey(() => Graph, { name: 'workflow_migrations_plan_id_fkey' })
  planId: number;

  /** The version that tickets leave. One run at a time leads away from it. */
  @Column('integer', { name: 'from_graph_id' })
  @ForeignKey(() => Graph, { name: 'workflow_migrations_from_graph_id_fkey' })
  fromGraphId: number;

  /** How many there were when the run was asked for. */
  @Column('integer')
  tickets: number;

  /** How many have gone over to another phase. */
  @Column('integer', { default: 0 })
  moved: number;

  /** How many have gone over and kept their phase. */
  @Column('integer', { default: 0 })
  kept: number;

  /** How many the last whole pass has found that cannot go over. */
  @Column('integer', { default: 0 })
  skipped: number;

  /** From 1. */
  @Column('integer', { default: 1 })
  pass: number;

  /** The last ticket that this pass has looked at; null: none yet. */
  @Column('uuid', { name: 'looked_until', nullable: true })
  lookedUntil: string | null;

  /** How many have gone over in this pass. */
  @Column('integer', { name: 'pass_done', default: 0 })
  passDone: number;

  /** How many this pass has left for the next one, because somebody else held them. */
  @Column('integer', { name: 'pass_held', default: 0 })
  passHeld: number;

  @Column('integer', { name: 'pass_skipped', default: 0 })
  passSkipped: number;

  /** Who asked for it. */
  @Column({ type: 'varchar', length: 255 })
  actor: string;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20 })
  actorKind: ActorKind;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}
