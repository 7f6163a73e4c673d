import { Injectable } from '@nestjs/common';
import type { Reader } from '../database/reader';
import { ProjectService } from '../access/project.service';
import { WorkflowService } from '../workflows/workflow.service';
import { toTicketDto, type TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';

/** Makes tickets what the API shows of them. */
@Injectable()
export class TicketPresenter {
  constructor(
    private readonly projects: ProjectService,
    private readonly workflows: WorkflowService,
  ) {}

  async present(ticket: Ticket, within?: Reader): Promise<TicketDto> {
    const project = await this.projects.keyOf(ticket.projectId, within);
    await this.workflows.know([ticket.graphId], within);
    return toTicketDto(ticket, project, this.workflows.readyWorkflow(ticket.graphId));
  }
}
