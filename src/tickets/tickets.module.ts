import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectController } from './project.controller';
import { Project } from './project.entity';
import { ProjectService } from './project.service';
import { TicketListService } from './ticket-list.service';
import { TicketPresenter } from './ticket-presenter';
import { TicketController } from './ticket.controller';
import { Ticket } from './ticket.entity';
import { TicketService } from './ticket.service';

@Module({
  imports: [TypeOrmModule.forFeature([Ticket, Project])],
  controllers: [TicketController, ProjectController],
  providers: [TicketService, TicketListService, TicketPresenter, ProjectService],
  exports: [TicketService, TicketPresenter, ProjectService],
})
export class TicketsModule {}
