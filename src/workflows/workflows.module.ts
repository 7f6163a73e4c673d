import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { WorkflowController } from './workflow.controller';
import { WorkflowService } from './workflow.service';

@Module({
  imports: [ProjectsModule],
  controllers: [WorkflowController],
  providers: [WorkflowService],
  exports: [ProjectsModule, WorkflowService],
})
export class WorkflowsModule {}
