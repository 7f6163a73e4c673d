import { Module } from '@nestjs/common';
import { CommandRunner } from './command-runner';
import { RecordSweeper } from './record-sweeper';

@Module({ providers: [CommandRunner, RecordSweeper], exports: [CommandRunner] })
export class IdempotencyModule {}
