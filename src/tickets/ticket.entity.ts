import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Graph } from '../workflows/graph.entity';
import { Project } from '../access/project.entity';

export const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

const TIME = { precision: 3 } as const;

/**
 * A piece of work. Its phase columns are `update: false`: only the phases room writes them, together with the history
 * row of the move, and the database refuses anything else.
 */
@Entity('tickets')
@Index('tickets_created_at_idx', ['createdAt', 'id'])
@Index('tickets_updated_at_idx', ['updatedAt', 'id'])
@Index('tickets_phase_idx', ['phaseId', 'createdAt', 'id'])
@Index('tickets_project_idx', ['projectId', 'createdAt', 'id'])
@Index('tickets_archived_created_at_idx', ['createdAt', 'id'], { where: 'archived_at IS NOT NULL' })
@Index('tickets_archived_updated_at_idx', ['updatedAt', 'id'], { where: 'archived_at IS NOT NULL' })
@Index('tickets_external_idx', ['projectId', 'externalSource', 'externalId'], {
  unique: true,
  where: 'external_id IS NOT NULL',
})
@Check('tickets_priority_check', `priority IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')`)
@Check('tickets_version_check', 'version >= 1')
@Check('tickets_moved_check', '(transition_count > 0) = (previous_phase_id IS NOT NULL)')
@Check('tickets_unmoved_check', 'transition_count > 0 OR transition_count = 0 AND phase_id = initial_phase_id')
@Check('tickets_external_check', '(external_source IS NULL) = (external_id IS NULL)')
export class Ticket {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'tickets_pkey' })
  id: string;

  @Column({ type: 'uuid', name: 'project_id', default: '00000000-0000-7000-8000-000000000001', update: false })
  @ForeignKey(() => Project, { name: 'tickets_project_id_fkey' })
  projectId: string;

  /** The workflow version that the ticket moves under. */
  @Column({ type: 'integer', name: 'graph_id', default: 1, update: false })
  @ForeignKey(() => Graph, { name: 'tickets_graph_id_fkey' })
  graphId: number;

  @Column({ type: 'varchar', length: 500 })
  title: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'varchar', length: 20, default: 'MEDIUM' })
  priority: Priority;

  @Column({ type: 'varchar', name: 'initial_phase_id', length: 50, update: false })
  initialPhaseId: string;

  @Column({ type: 'varchar', name: 'phase_id', length: 50, default: 'BACKLOG', update: false })
  phaseId: string;

  /** The phase just left; null until the first move. */
  @Column({ type: 'varchar', name: 'previous_phase_id', length: 50, nullable: true, update: false })
  previousPhaseId: string | null;

  /** While the ticket waits: the last phase that was not a waiting one. */
  @Column({ type: 'varchar', name: 'resume_phase_id', length: 50, nullable: true, update: false })
  resumePhaseId: string | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'phase_entered_at', default: () => 'clock_timestamp()', update: false })
  phaseEnteredAt: Date;

  /** How many moves there were: the `sequence` of the newest history row. */
  @Column({ type: 'integer', name: 'transition_count', default: 0, update: false })
  transitionCount: number;

  /** Starts at 1 and grows by 1 with every change of the ticket. */
  @Column({ type: 'integer', default: 1 })
  version: number;

  @Column({ type: 'varchar', name: 'external_source', length: 255, nullable: true })
  externalSource: string | null;

  @Column({ type: 'varchar', name: 'external_id', length: 255, nullable: true })
  externalId: string | null;

  @Column({ type: 'timestamptz', ...TIME, name: 'created_at', default: () => 'clock_timestamp()', update: false })
  createdAt: Date;

  @Column({ type: 'timestamptz', ...TIME, name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', ...TIME, name: 'archived_at', nullable: true })
  archivedAt: Date | null;
}
