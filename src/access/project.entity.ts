import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** The project of every ticket that names none. Created by the migration. */
export const DEFAULT_PROJECT_KEY = 'default';

/** Whom tickets belong to. */
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
