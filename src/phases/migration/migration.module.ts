import { Module } from '@nestjs/common';
import { WorkflowsModule } from '../../workflows/workflows.module';
import { MigrationController } from './migration.controller';
import { MigrationService } from './migration.service';
import { MigrationWorker } from './migration-worker';

@Module({
  imports: [WorkflowsModule],
  controllers: [MigrationController],
  providers: [MigrationService, MigrationWorker],
})
export class MigrationModule {}
