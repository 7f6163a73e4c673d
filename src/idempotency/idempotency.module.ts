import { Module } from '@nestjs/common';
import { IdempotencyService } from './idempotency.service';
import { KeySweeper } from './key-sweeper';

@Module({ providers: [IdempotencyService, KeySweeper], exports: [IdempotencyService] })
export class IdempotencyModule {}
