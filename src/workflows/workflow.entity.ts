import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Project } from '../access/project.entity';

/** A workflow's name, and whose it is. What it consists of is in the versions of its graph. */
@Entity('workflows')
export class Workflow {
  @PrimaryColumn('varchar', { length: 50, primaryKeyConstraintName: 'workflows_pkey' })
  key: string;

  /** The only project whose tickets may use it; null: all may. */
  @Column({ type: 'uuid', name: 'project_id', nullable: true })
  @ForeignKey(() => Project, { name: 'workflows_project_id_fkey' })
  projectId: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;
}
