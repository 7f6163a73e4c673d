import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Project } from '../access/project.entity';

/** The key of a workflow and its project. Definitions are in `graphs`, one row for each version. */
@Entity('workflows')
export class Workflow {
  @PrimaryColumn('varchar', { length: 50, primaryKeyConstraintName: 'workflows_pkey' })
  key: string;

  /** The only project whose tickets can use the workflow; null for all projects. */
  @Column({ type: 'uuid', name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'workflows_project_id_fkey' })
  projectId: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}
