import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TicketsModule } from '../tickets/tickets.module';
import { WorkflowsModule } from '../workflows/workflows.module';
import { BulkController } from './bulk.controller';
import { CommitterMetrics } from './committer-metrics';
import { MoveMetrics } from './move-metrics';
import { PhaseHistory } from './phase-history.entity';
import { PhaseController } from './phase.controller';
import { PhaseService } from './phase.service';
import { TransitionCommitter } from './transition-committer';

@Module({
  imports: [TicketsModule, WorkflowsModule, TypeOrmModule.forFeature([PhaseHistory])],
  controllers: [PhaseController, BulkController],
  providers: [PhaseService, TransitionCommitter, MoveMetrics, CommitterMetrics],
  exports: [PhaseService],
})
export class PhasesModule {}
