import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ProjectService } from '../projects/project.service';
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

  /** @param manager of the transaction that this is part of, where it is part of one */
  async present(ticket: Ticket, manager?: EntityManager): Promise<TicketDto> {
    const project = await this.projects.keyOf(ticket.projectId, manager);
    await this.workflows.know([ticket.graphId], manager);
    return toTicketDto(ticket, project, this.workflows.readyWorkflow(ticket.graphId));
  }
}
