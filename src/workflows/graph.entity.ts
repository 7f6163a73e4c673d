import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { CompleteWorkflow } from '../machine/workflow';

/**
 * A workflow version, or the plan of a migration from one version to another. A row is complete when the transaction that
 * inserts it commits, and never changes.
 */
@Entity('graphs')
@Unique('graphs_workflow_version_key', ['workflow', 'version'])
@Index('graphs_from_graph_id_idx', ['fromGraphId'], { where: 'from_graph_id IS NOT NULL' })
@Check('graphs_kind_check', `kind IN ('workflow', 'migration')`)
@Check(
  'graphs_plan_check',
  `CASE kind WHEN 'migration' THEN from_graph_id <> to_graph_id ELSE from_graph_id IS NULL AND to_graph_id IS NULL END IS TRUE`,
)
export class Graph {
  @PrimaryGeneratedColumn('identity', {
    generatedIdentity: 'BY DEFAULT',
    type: 'integer',
    primaryKeyConstraintName: 'graphs_pkey',
  })
  id: number;

  @Column({ type: 'varchar', length: 100 })
  workflow: string;

  @Column('integer')
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'clock_timestamp()' })
  createdAt: Date;

  @Column({ type: 'varchar', length: 20, default: 'workflow' })
  kind: 'workflow' | 'migration';

  /** The definition of the version. Null for plans, and for rows inserted without the application. */
  @Column({ type: 'json', nullable: true })
  definition: CompleteWorkflow | null;

  /** SHA-256 of the definition's text; identical definitions are one version. */
  @Column({ type: 'bytea', nullable: true })
  digest: Buffer | null;

  /** For a plan: the version that tickets leave. */
  @Column({ type: 'integer', name: 'from_graph_id', nullable: true })
  @ForeignKey(() => Graph, { name: 'graphs_from_graph_id_fkey' })
  fromGraphId: number | null;

  /** For a plan: the version that tickets enter. */
  @Column({ type: 'integer', name: 'to_graph_id', nullable: true })
  @ForeignKey(() => Graph, { name: 'graphs_to_graph_id_fkey' })
  toGraphId: number | null;
}

/** A transition of a workflow version. The database rejects history rows with any other transition. */
@Entity('graph_edges')
export class GraphEdge {
  @PrimaryColumn('integer', { name: 'graph_id', primaryKeyConstraintName: 'graph_edges_pkey' })
  @ForeignKey(() => Graph, { name: 'graph_edges_graph_id_fkey' })
  graphId: number;

  @PrimaryColumn('varchar', { name: 'from_phase', length: 50, primaryKeyConstraintName: 'graph_edges_pkey' })
  fromPhase: string;

  @PrimaryColumn('varchar', { name: 'to_phase', length: 50, primaryKeyConstraintName: 'graph_edges_pkey' })
  toPhase: string;
}
