import { Module } from '@nestjs/common';
import { TicketsModule } from '../../tickets/tickets.module';
import { MigrationController } from './migration.controller';
import { MigrationService } from './migration.service';
import { MigrationWorker } from './migration-worker';

@Module({
  imports: [TicketsModule],
  controllers: [MigrationController],
  providers: [MigrationService, MigrationWorker],
})
export class MigrationModule {}
