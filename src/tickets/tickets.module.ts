import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkflowsModule } from '../workflows/workflows.module';
import { CommittedEvents } from './committed-events';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { TicketController } from './ticket.controller';
import { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

@Module({
  imports: [WorkflowsModule, TypeOrmModule.forFeature([Ticket])],
  controllers: [TicketController],
  providers: [TicketService, CommittedEvents, TicketListService, TicketPresenter],
  exports: [WorkflowsModule, TicketService, CommittedEvents, TicketPresenter],
})
export class TicketsModule {}
