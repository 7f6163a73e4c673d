import { Module } from '@nestjs/common';
import { ProjectsModule } from '../access/projects.module';
import { DiagramController } from './diagram/diagram.controller';
import { DiagramService } from './diagram/diagram.service';
import { WorkflowController } from './workflow.controller';
import { WorkflowService } from './workflow.service';

@Module({
  imports: [ProjectsModule],
  controllers: [WorkflowController, DiagramController],
  providers: [WorkflowService, DiagramService],
  exports: [ProjectsModule, WorkflowService, DiagramService],
})
export class WorkflowsModule {}
