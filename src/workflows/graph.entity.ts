import { Column, Entity, ForeignKey, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** One version of a workflow, as the database knows it. Complete when the transaction that created it commits. */
@Entity('graphs')
@Unique('graphs_workflow_version_key', ['workflow', 'version'])
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
}

/** A legal move of a graph. The database refuses any history row that uses another. */
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
