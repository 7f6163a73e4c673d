import { Injectable } from '@nestjs/common';
import { ProjectService } from '../projects/project.service';
import { toTicketDto, type TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';

/** Makes tickets what the API shows of them. */
@Injectable()
export class TicketPresenter {
  constructor(private readonly projects: ProjectService) {}

  async present(ticket: Ticket): Promise<TicketDto> {
    return toTicketDto(ticket, await this.projects.keyOf(ticket.projectId));
  }
}
