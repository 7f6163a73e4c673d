import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** Phaseline's tables as an ordinary TypeORM application maps them: every column can be saved. */
@Entity('tickets')
export class IdiomaticTicket {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ name: 'graph_id', type: 'integer' })
  graphId: number;

  @Column({ length: 500 })
  title: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ length: 20 })
  priority: string;

  @Column({ name: 'phase_id', length: 50 })
  phaseId: string;

  @Column({ name: 'previous_phase_id', type: 'varchar', length: 50, nullable: true })
  previousPhaseId: string | null;

  @Column({ name: 'resume_phase_id', type: 'varchar', length: 50, nullable: true })
  resumePhaseId: string | null;

  @Column({ name: 'phase_entered_at', type: 'timestamptz' })
  phaseEnteredAt: Date;

  @Column({ name: 'transition_count', type: 'integer' })
  transitionCount: number;

  @VersionColumn()
  version: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column({ name: 'archived_at', type: 'timestamptz', nullable: true })
  archivedAt: Date | null;
}

@Entity('phase_history')
export class IdiomaticHistory {
  @PrimaryColumn('uuid', { name: 'ticket_id' })
  ticketId: string;

  @PrimaryColumn('integer')
  sequence: number;

  @Column('uuid')
  id: string;

  @Column({ name: 'from_phase', length: 50 })
  fromPhase: string;

  @Column({ name: 'to_phase', length: 50 })
  toPhase: string;

  @Column({ name: 'transition_reason', type: 'text', nullable: true })
  transitionReason: string | null;

  @Column({ name: 'transitioned_by', length: 255 })
  transitionedBy: string;

  @Column({ name: 'graph_id', type: 'integer' })
  graphId: number;

  @Column('integer')
  version: number;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
