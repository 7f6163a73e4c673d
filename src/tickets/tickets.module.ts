import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { ApiKeyController } from './api-key.controller';
import { ProjectController } from './project.controller';
import { Project } from './project.entity';
import { ProjectService } from './project.service';
import { TicketEventController } from './ticket-event.controller';
import { TicketEvent } from './ticket-event.entity';
import { TicketEventService } from './ticket-event.service';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { TicketController } from './ticket.controller';
import { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

@Module({
  imports: [AuthModule, IdempotencyModule, TypeOrmModule.forFeature([Ticket, TicketEvent, Project])],
  controllers: [TicketController, TicketEventController, ProjectController, ApiKeyController],
  providers: [TicketService, TicketEventService, TicketListService, TicketPresenter, ProjectService],
  exports: [IdempotencyModule, TicketService, TicketEventService, TicketPresenter, ProjectService],
})
export class TicketsModule {}
