import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkflowsModule } from '../workflows/workflows.module';
import { TicketEventController } from './ticket-event.controller';
import { TicketEvent } from './ticket-event.entity';
import { TicketEventService } from './ticket-event.service';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { TicketController } from './ticket.controller';
import { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

@Module({
  imports: [WorkflowsModule, TypeOrmModule.forFeature([Ticket, TicketEvent])],
  controllers: [TicketController, TicketEventController],
  providers: [TicketService, TicketEventService, TicketListService, TicketPresenter],
  exports: [WorkflowsModule, TicketService, TicketEventService, TicketPresenter],
})
export class TicketsModule {}
