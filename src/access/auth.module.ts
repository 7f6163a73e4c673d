import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Authentication } from '../http/server/authentication';
import { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { KeyAuthentication } from './key-authentication';
import { KeyVerifier } from './key-verifier';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey])],
  providers: [ApiKeyService, KeyVerifier, { provide: Authentication, useClass: KeyAuthentication }],
  exports: [ApiKeyService],
})
export class AuthModule {}
