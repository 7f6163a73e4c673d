import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The default project of tickets. Created by a migration. */
export const DEFAULT_PROJECT_KEY = 'default';

/** A project, which groups tickets. */
@Entity('projects')
@Unique('projects_key_key', ['key'])
export class Project {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'projects_pkey' })
  id: string;

  @Column({ type: 'varchar', length: 50 })
  key: string;

  @Column({ type: 'varchar', length: 200 })
  title: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'archived_at', precision: 3, nullable: true })
  archivedAt: Date | null;
}
