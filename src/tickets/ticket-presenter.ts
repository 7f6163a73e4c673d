import { Injectable } from '@nestjs/common';
import { ProjectService } from '../access/project.service';
import type { Reader } from '../database/reader';
import { WorkflowService } from '../workflows/workflow.service';
import type { TicketDto } from './ticket.dto';
import type { Ticket } from './ticket.entity';

/** Converts tickets to their representation in the API. */
@Injectable()
export class TicketPresenter {
  constructor(
    private readonly projects: ProjectService,
    private readonly workflows: WorkflowService,
  ) {}

  /** @param reader reads in the transaction that stores the response */
  async present(ticket: Ticket, reader?: Reader): Promise<TicketDto> {
    const project = await this.projects.keyOf(ticket.projectId, reader);
    const { key, version } = await this.workflows.nameOf(ticket.graphId, reader);
    return {
      id: ticket.id,
      project,
      workflow: key,
      workflow_version: version,
      title: ticket.title,
      description: ticket.description,
      priority: ticket.priority,
      phase_id: ticket.phaseId,
      previous_phase_id: ticket.previousPhaseId,
      phase_entered_at: ticket.phaseEnteredAt,
      transition_count: ticket.transitionCount,
      version: ticket.version,
      created_at: ticket.createdAt,
      updated_at: ticket.updatedAt,
      archived_at: ticket.archivedAt,
    };
  }
}
