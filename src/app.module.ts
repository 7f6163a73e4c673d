import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '../ormconfig';
import { AuthModule } from './access/auth.module';
import { OperationsModule } from './operations/operations.module';
import { PhasesModule } from './phases/phases.module';
import { ProjectsModule } from './access/projects.module';
import { TicketsModule } from './tickets/tickets.module';
import { WorkflowsModule } from './workflows/workflows.module';

/** The composition root. */
@Module({})
export class AppModule {
  /**
   * @param databaseUrl a migrated database that can be reached
   * @param poolSize connections that reads and edits keep at most; moves have up to nine of their own
   */
  static on(databaseUrl: string, poolSize: number): DynamicModule {
    const logger = new Logger('database');
    const database = TypeOrmModule.forRoot({
      ...dataSourceOptions(databaseUrl, poolSize),
      retryAttempts: 0,
      poolErrorHandler: (error: Error) => logger.warn(`An idle connection was lost: ${error.message}`),
    });
    const rooms = [OperationsModule, AuthModule, ProjectsModule, WorkflowsModule, TicketsModule, PhasesModule];
    return { module: AppModule, imports: [database, ...rooms] };
  }
}
