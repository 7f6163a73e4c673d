import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentIdempotencyKey } from '../../access/caller';
import { Endpoint, Endpoints, idParam } from '../../http/openapi/endpoint';
import { API_PREFIX } from '../../http/server/api-prefix';
import { Reply, sendPage } from '../../http/server/reply';
import { PageDto } from '../../http/validation/page.dto';
import { IdPipe, ValidBody, ValidQuery } from '../../http/validation/request-pipes';
import { CommandRunner } from '../../idempotency/command-runner';
import type { IdempotencyKey } from '../../idempotency/idempotency-key';
import { KeyPipe, WORKFLOW_KEY } from '../../workflows/workflow-path';
import {
  MigrationDto,
  MigrationRequestDto,
  MigrationSurveyDto,
  toMigrationDto,
  toMigrationRequest,
  toMigrationSurveyDto,
} from './migration.dto';
import { MigrationService } from './migration.service';

@Endpoints('Workflows')
export class MigrationController {
  constructor(
    private readonly migrations: MigrationService,
    private readonly commands: CommandRunner,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'workflows/:key/migrations',
    role: 'admin',
    summary: 'Migrate tickets to another version',
    description:
      'Starts a migration that runs in the background, a few tickets at a time, while tickets can be moved as usual. Each ' +
      'is migrated as a whole: from then on the new version judges its transitions, and if its phase changed, its history ' +
      'has a row of kind `migration`. A ticket in a waiting phase resumes in the phase that its resume phase maps to; if ' +
      'that is no phase to resume in, as if it had started waiting there. With `dry_run` nothing is changed, and the ' +
      'response says what a migration would do.',
    params: [WORKFLOW_KEY],
    idempotent: true,
    returns: [
      {
        status: 202,
        type: MigrationDto,
        description: 'The migration was started.',
        location: 'The URL of the migration, which returns its progress.',
      },
      { status: 200, type: MigrationSurveyDto, description: 'With `dry_run`: what a migration would do.' },
    ],
    problems: ['workflow_invalid', 'workflow_not_found', 'already_exists'],
  })
  startMigration(
    @Param('key', KeyPipe) key: string,
    @ValidBody() body: MigrationRequestDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const request = toMigrationRequest(body);
    if (body.dry_run === true) {
      const survey = () => this.migrations.surveyMigration(key, request, caller);
      return this.commands.run(reply, idempotencyKey, survey, (found) => ({
        status: 200,
        headers: {},
        body: toMigrationSurveyDto(request, found),
      }));
    }
    const start = () => this.migrations.startMigration(key, request, caller);
    return this.commands.run(reply, idempotencyKey, start, (run) => ({
      status: 202,
      headers: { location: `${API_PREFIX}/workflows/${key}/migrations/${run.id}` },
      body: toMigrationDto(run),
    }));
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows/:key/migrations',
    role: 'viewer',
    summary: 'List the migrations of a workflow',
    description: 'Newest first. A key of one project cannot list the migrations of a workflow that all projects share.',
    params: [WORKFLOW_KEY],
    returns: { type: [MigrationDto], description: 'A page of migrations.' },
    problems: ['workflow_not_found'],
  })
  async listMigrations(
    @Param('key', KeyPipe) key: string,
    @ValidQuery() { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const page = await this.migrations.listMigrations(key, { limit, cursor }, caller);
    return sendPage(reply, page, toMigrationDto);
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows/:key/migrations/:id',
    role: 'viewer',
    summary: 'Get a migration',
    params: [WORKFLOW_KEY, idParam('migration')],
    returns: { type: MigrationDto, description: 'The migration.' },
    problems: ['workflow_not_found', 'migration_not_found'],
  })
  async getMigration(
    @Param('key', KeyPipe) key: string,
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<MigrationDto> {
    return toMigrationDto(await this.migrations.getMigration(key, id, caller));
  }
}
