import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { Tickets1700000000000 } from './migrations/1700000000000-tickets';
import { PhaseWorkflow1700000001000 } from './migrations/1700000001000-phase-workflow';
import { Trust1700000002000 } from './migrations/1700000002000-trust';
import { Workflows1700000003000 } from './migrations/1700000003000-workflows';
import { WorkflowMigrations1700000004000 } from './migrations/1700000004000-workflow-migrations';
import { ApiKeyRotation1700000006000 } from './migrations/1700000006000-api-key-rotation';
import { ApiKeyEvent } from './src/access/api-key-event.entity';
import { ApiKey } from './src/access/api-key.entity';
import { IdempotencyRecord } from './src/idempotency/idempotency-record.entity';
import { WorkflowMigration } from './src/phases/migration/workflow-migration.entity';
import { PhaseHistory } from './src/phases/phase-history.entity';
import { Project } from './src/access/project.entity';
import { TicketEvent } from './src/tickets/ticket-event.entity';
import { Ticket } from './src/tickets/ticket.entity';
import { Graph, GraphEdge } from './src/workflows/graph.entity';
import { Workflow } from './src/workflows/workflow.entity';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

const MIGRATIONS = [
  Tickets1700000000000,
  PhaseWorkflow1700000001000,
  Trust1700000002000,
  Workflows1700000003000,
  WorkflowMigrations1700000004000,
  ApiKeyRotation1700000006000,
];

/** Names of this version's migrations in order, as the database stores them. */
export const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map(({ name }) => name);

/** Timeouts of a request at the database, in milliseconds. They keep every response within the promised 5 s. */
export const DATABASE_TIMEOUTS = { connect: 2_000, lock: 2_000, statement: 4_000 } as const;

/**
 * Returns the options of the database for the application, the tests and the TypeORM command line.
 *
 * @param url a postgres:// URL
 * @param poolSize maximum number of connections
 */
export function dataSourceOptions(url: string, poolSize = 10): PostgresOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'phaseline',
    entities: [
      Project,
      Workflow,
      Graph,
      GraphEdge,
      Ticket,
      TicketEvent,
      PhaseHistory,
      WorkflowMigration,
      ApiKey,
      ApiKeyEvent,
      IdempotencyRecord,
    ],
    migrations: MIGRATIONS,
    synchronize: false,
    installExtensions: false,
    extra: {
      connectionTimeoutMillis: DATABASE_TIMEOUTS.connect,
      lock_timeout: DATABASE_TIMEOUTS.lock,
      statement_timeout: DATABASE_TIMEOUTS.statement,
      query_timeout: DATABASE_TIMEOUTS.statement + 500,
      idle_in_transaction_session_timeout: 15_000,
      keepAlive: true,
    },
  };
}

export default new DataSource(
  dataSourceOptions(process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'),
);
