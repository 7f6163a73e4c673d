import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TicketsModule } from '../tickets/tickets.module';
import { BulkController } from './bulk.controller';
import { CommitterMetrics } from './commit/committer-metrics';
import { MigrationModule } from './migration/migration.module';
import { MoveMetrics } from './commit/move-metrics';
import { PhaseHistory } from './phase-history.entity';
import { PhaseController } from './phase.controller';
import { PhaseService } from './phase.service';
import { TransitionCommitter } from './commit/transition-committer';
import { TicketDiagramController } from './ticket-diagram.controller';
import { TicketEventController } from './ticket-event.controller';
import { TicketEventsModule } from './ticket-events.module';
import { VisitController } from './visit.controller';
import { VisitService } from './visit.service';

@Module({
  imports: [TicketsModule, TicketEventsModule, MigrationModule, TypeOrmModule.forFeature([PhaseHistory])],
  controllers: [PhaseController, VisitController, TicketDiagramController, BulkController, TicketEventController],
  providers: [PhaseService, VisitService, TransitionCommitter, MoveMetrics, CommitterMetrics],
  exports: [PhaseService],
})
export class PhasesModule {}
