import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { DiagramController } from './diagram/diagram.controller';
import { DiagramService } from './diagram/diagram.service';
import { WorkflowController } from './workflow.controller';
import { WorkflowService } from './workflow.service';

@Module({
  imports: [AccessModule],
  controllers: [WorkflowController, DiagramController],
  providers: [WorkflowService, DiagramService],
  exports: [AccessModule, WorkflowService, DiagramService],
})
export class WorkflowsModule {}
