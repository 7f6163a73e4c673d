import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { PhaseCategory } from '../machine/compiled-workflow';
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
@Check(
  'graphs_definition_check',
  `CASE kind WHEN 'workflow' THEN digest = sha256(convert_to(definition::text, 'UTF8')) AND definition->>'key' = workflow
     AND json_typeof(definition->'phases') = 'array' AND json_typeof(definition->'initial') = 'array'
     AND json_typeof(definition->'transitions') = 'array'
   ELSE definition IS NULL AND digest IS NULL END IS TRUE`,
)
@Check('graphs_built_in_check', `workflow <> 'sdlc' OR kind = 'workflow' AND version = 1`)
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

  /** The definition of the version. Null for plans, and for rows that earlier versions let in without the application. */
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

/** A phase of a workflow version. The database derives the rows from the definition. */
@Entity('graph_phases')
@Unique('graph_phases_position_key', ['graphId', 'position'])
@Check('graph_phases_category_check', `category IN ('todo', 'active', 'waiting', 'done')`)
export class GraphPhase {
  @PrimaryColumn('integer', { name: 'graph_id', primaryKeyConstraintName: 'graph_phases_pkey' })
  @ForeignKey(() => Graph, { name: 'graph_phases_graph_id_fkey' })
  graphId: number;

  @PrimaryColumn('varchar', { name: 'phase_id', length: 50, primaryKeyConstraintName: 'graph_phases_pkey' })
  phaseId: string;

  @Column({ type: 'varchar', length: 20 })
  category: PhaseCategory;

  /** The place in the order of the work, from 1. */
  @Column('integer')
  position: number;

  /** True if tickets can be created in the phase. */
  @Column('boolean')
  initial: boolean;
}
