import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TicketsModule } from '../tickets/tickets.module';
import { TransitionCommitter } from './commit/transition-committer';
import { TransitionMetrics } from './commit/transition-metrics';
import { MigrationModule } from './migration/migration.module';
import { PhaseHistory } from './phase-history.entity';
import { PhaseController } from './phase.controller';
import { PhaseService } from './phase.service';
import { RejectionExplainer } from './rejection-explainer';
import { TicketEventController } from './ticket-event.controller';
import { TicketEventsModule } from './ticket-events.module';
import { TransitionController } from './transition.controller';
import { VisitService } from './visit.service';

@Module({
  imports: [TicketsModule, TicketEventsModule, MigrationModule, TypeOrmModule.forFeature([PhaseHistory])],
  controllers: [TransitionController, PhaseController, TicketEventController],
  providers: [PhaseService, RejectionExplainer, VisitService, TransitionCommitter, TransitionMetrics],
  exports: [PhaseService],
})
export class PhasesModule {}
