import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '../ormconfig';
import { AccessModule } from './access/access.module';
import { OperationsModule } from './operations/operations.module';
import { PhasesModule } from './phases/phases.module';
import { TicketsModule } from './tickets/tickets.module';
import { WorkflowsModule } from './workflows/workflows.module';

/** Composes the modules of the server. */
@Module({})
export class AppModule {
  /**
   * @param databaseUrl URL of a migrated database
   * @param poolSize maximum number of connections for reads and edits; transitions use up to nine more
   */
  static on(databaseUrl: string, poolSize: number): DynamicModule {
    const logger = new Logger('database');
    const database = TypeOrmModule.forRoot({
      ...dataSourceOptions(databaseUrl, poolSize),
      retryAttempts: 0,
      poolErrorHandler: (error: Error) => logger.warn(`An idle connection was lost: ${error.message}`),
    });
    const modules = [OperationsModule, AccessModule, WorkflowsModule, TicketsModule, PhasesModule];
    return { module: AppModule, imports: [database, ...modules] };
  }
}
