import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../../access/current-caller';
import type { Caller } from '../../access/caller';
import { RequiresRole } from '../../access/requires-role';
import {
  ApiProblems,
  BODY_PROBLEMS,
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_PROBLEMS,
  LINK_HEADER,
} from '../../http/openapi/api-documentation';
import { API_PREFIX } from '../../http/server/api-prefix';
import { linkNext } from '../../http/server/link-header';
import { PageDto } from '../../http/validation/page.dto';
import { BodyPipe, IdPipe, QueryPipe } from '../../http/validation/request-pipes';
import { Claimed } from '../../access/claimed';
import { IdempotencyService } from '../../idempotency/idempotency.service';
import type { KeyClaim } from '../../idempotency/key-claim';
import type { Receipt } from '../../idempotency/receipt';
import { KeyPipe, WORKFLOW_KEY } from '../../workflows/workflow-path';
import type { MigrationRow } from './migration-run';
import type { MigrationSurvey } from './migration-survey';
import { MigrationSurveyDto, toMigrationSurveyDto } from './migration-survey.dto';
import { MigrationDto, MigrationRequestDto, toMigrationDto, toMigrationRequest } from './migration.dto';
import { MigrationService } from './migration.service';

const MIGRATION_ID = {
  name: 'id',
  description: 'The id of the migration.',
  schema: { type: 'string', format: 'uuid' },
  example: '0192f0c4-8b1f-7e26-9c3a-6d2e4f8a1b70',
} as const;

const LOCATION_HEADER = {
  Location: { description: 'Where the progress of the run is told.', schema: { type: 'string' } },
} as const;

@ApiTags('Workflows')
@Controller('workflows/:key/migrations')
export class MigrationController {
  constructor(
    private readonly migrations: MigrationService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @RequiresRole('admin')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Take tickets to another version of their workflow',
    description:
      'A run goes on by itself, a few tickets at a time, while tickets are moved as ever. Each goes over as a whole: it is ' +
      'judged by the new version from then on, and a move of the kind `migration` is in its history where its phase has ' +
      'changed. A ticket that waits resumes in the place of the phase that it would have resumed in; where that is none ' +
      'to resume in, as if it had begun waiting. `dry_run` tells what would happen.',
  })
  @ApiParam(WORKFLOW_KEY)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: MigrationRequestDto })
  @ApiAcceptedResponse({ type: MigrationDto, description: 'The run has begun.', headers: LOCATION_HEADER })
  @ApiOkResponse({ type: MigrationSurveyDto, description: 'With `dry_run`: what a run would find.' })
  @ApiProblems(
    'workflow_invalid',
    'workflow_not_found',
    'already_exists',
    'outcome_unknown',
    ...IDEMPOTENCY_PROBLEMS,
    ...BODY_PROBLEMS,
  )
  startMigration(
    @Param('key', KeyPipe) key: string,
    @Body(new BodyPipe(MigrationRequestDto)) body: MigrationRequestDto,
    @CurrentCaller() caller: Caller,
    @Claimed() claim: KeyClaim | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const request = toMigrationRequest(body);
    if (body.dry_run === true) {
      const survey = (receipt?: Receipt<MigrationSurvey>) =>
        this.migrations.surveyMigration(key, request, caller, receipt);
      return this.idempotency.answer(reply, claim, survey, (found) => ({
        status: 200,
        headers: {},
        body: toMigrationSurveyDto(request, found),
      }));
    }
    const start = (receipt?: Receipt<MigrationRow>) => this.migrations.startMigration(key, request, caller, receipt);
    return this.idempotency.answer(reply, claim, start, (run) => ({
      status: 202,
      headers: { location: `${API_PREFIX}/workflows/${key}/migrations/${run.id}` },
      body: toMigrationDto(run),
    }));
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'List the migrations of a workflow',
    description: 'The newest first. Of a workflow that all share, not for keys of one project.',
  })
  @ApiParam(WORKFLOW_KEY)
  @ApiOkResponse({ type: [MigrationDto], description: 'A page of migrations.', headers: LINK_HEADER })
  @ApiProblems('workflow_not_found')
  async listMigrations(
    @Param('key', KeyPipe) key: string,
    @Query(new QueryPipe(PageDto)) { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MigrationDto[]> {
    const page = await this.migrations.listMigrations(key, { limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return page.items.map(toMigrationDto);
  }

  @Get(':id')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'See how far a migration has come' })
  @ApiParam(WORKFLOW_KEY)
  @ApiParam(MIGRATION_ID)
  @ApiOkResponse({ type: MigrationDto, description: 'The migration.' })
  @ApiProblems('workflow_not_found', 'migration_not_found')
  async getMigration(
    @Param('key', KeyPipe) key: string,
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<MigrationDto> {
    return toMigrationDto(await this.migrations.getMigration(key, id, caller));
  }
}
