import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Authentication } from '../http/server/route-config';
import { IdempotencyModule } from '../idempotency/idempotency.module';
import { ApiKeyController } from './api-key.controller';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { KeyAuthentication, KeyVerifier } from './key-verifier';
import { ProjectController } from './project.controller';
import { Project } from './project.entity';
import { ProjectService } from './project.service';

/** API keys, authentication and projects. */
@Module({
  imports: [IdempotencyModule, TypeOrmModule.forFeature([ApiKey, Project])],
  controllers: [ProjectController, ApiKeyController],
  providers: [ApiKeyService, KeyVerifier, ProjectService, { provide: Authentication, useClass: KeyAuthentication }],
  exports: [ApiKeyService, IdempotencyModule, ProjectService],
})
export class AccessModule {}
