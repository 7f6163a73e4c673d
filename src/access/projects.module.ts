import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from './auth.module';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { ApiKeyController } from './api-key.controller';
import { ProjectController } from './project.controller';
import { Project } from './project.entity';
import { ProjectService } from './project.service';

@Module({
  imports: [AuthModule, IdempotencyModule, TypeOrmModule.forFeature([Project])],
  controllers: [ProjectController, ApiKeyController],
  providers: [ProjectService],
  exports: [IdempotencyModule, ProjectService],
})
export class ProjectsModule {}
