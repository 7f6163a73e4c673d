import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Param, ParseUUIDPipe, Post, ValidationPipe } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IsEnum, IsOptional, IsString, MaxLength } from 'class-validator';
import { Phase } from '../../src/machine/phase';
import { IdiomaticHistory, IdiomaticTicket } from './idiomatic.entities';
import { IdiomaticService } from './idiomatic.service';
import { runPeer, type Peer, type PeerOptions } from './peer';

class MoveDto {
  @IsEnum(Phase)
  to_phase: Phase;

  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  reason?: string;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  transitioned_by?: string;
}

@Controller('tickets')
class IdiomaticController {
  constructor(private readonly tickets: IdiomaticService) {}

  @Post(':id/transition')
  @HttpCode(200)
  move(@Param('id', ParseUUIDPipe) id: string, @Body() body: MoveDto) {
    return this.tickets.move(id, body);
  }
}

@Module({})
class IdiomaticModule {
  static on({ databaseUrl, poolSize }: PeerOptions): DynamicModule {
    const entities = [IdiomaticTicket, IdiomaticHistory];
    return {
      module: IdiomaticModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, poolSize, entities, installExtensions: false }),
        TypeOrmModule.forFeature(entities),
      ],
      controllers: [IdiomaticController],
      providers: [IdiomaticService],
    };
  }
}

/** A server as Nest's documentation shows it, on the default adapter, Express. */
export async function startIdiomaticPeer(options: PeerOptions): Promise<Peer> {
  const app = await NestFactory.create(IdiomaticModule.on(options), { logger: ['error', 'warn'] });
  app.setGlobalPrefix('api/v1');
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  return { origin: await app.getUrl(), close: () => app.close() };
}

if (require.main === module) void runPeer(startIdiomaticPeer);
