import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ActorKind } from '../../access/caller';
import { Graph } from '../../workflows/graph.entity';

/**
 * A run that migrates tickets to another version of their workflow, with its progress. It scans all tickets by id, in
 * passes, until a whole pass finds no ticket left to migrate.
 */
@Entity('workflow_migrations')
@Index('workflow_migrations_unfinished_idx', ['fromGraphId'], { unique: true, where: 'finished_at IS NULL' })
@Check('workflow_migrations_actor_kind_check', `actor_kind IN ('human', 'agent', 'service', 'system')`)
export class WorkflowMigration {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'workflow_migrations_pkey' })
  id: string;

  /** The graph whose edges are the state mapping. */
  @Column('integer', { name: 'plan_id' })
  @ForeignKey(() => Graph, { name: 'workflow_migrations_plan_id_fkey' })
  planId: number;

  /** The version whose tickets are migrated, by one run at a time. */
  @Column('integer', { name: 'from_graph_id' })
  @ForeignKey(() => Graph, { name: 'workflow_migrations_from_graph_id_fkey' })
  fromGraphId: number;

  /** Tickets of the version when the run was created. */
  @Column('integer')
  tickets: number;

  /** Migrated tickets whose phase changed. */
  @Column('integer', { default: 0 })
  moved: number;

  /** Migrated tickets that kept their phase. */
  @Column('integer', { default: 0 })
  kept: number;

  /** Tickets that cannot be migrated, as the last whole pass counted them. */
  @Column('integer', { default: 0 })
  skipped: number;

  /** The number of the current pass, from 1. */
  @Column('integer', { default: 1 })
  pass: number;

  /** The last ticket that this pass scanned; null: none yet. */
  @Column('uuid', { name: 'looked_until', nullable: true })
  lookedUntil: string | null;

  /** Tickets that this pass migrated. */
  @Column('integer', { name: 'pass_done', default: 0 })
  passDone: number;

  /** Tickets that this pass left to the next one, because other transactions had locked them. */
  @Column('integer', { name: 'pass_held', default: 0 })
  passHeld: number;

  @Column('integer', { name: 'pass_skipped', default: 0 })
  passSkipped: number;

  /** The name of the caller who started the run. */
  @Column({ type: 'varchar', length: 255 })
  actor: string;

  @Column({ type: 'varchar', name: 'actor_kind', length: 20 })
  actorKind: ActorKind;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}
