import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../access/caller';
import { CurrentCaller, CurrentIdempotencyKey } from '../../access/current-caller';
import { Endpoint, Endpoints, idParam } from '../../http/openapi/endpoint';
import { API_PREFIX } from '../../http/server/api-prefix';
import { linkNext, Reply } from '../../http/server/reply';
import { PageDto } from '../../http/validation/page.dto';
import { IdPipe, ValidBody, ValidQuery } from '../../http/validation/request-pipes';
import { CommandRunner } from '../../idempotency/command-runner';
import type { IdempotencyKey } from '../../idempotency/idempotency-key';
import { KeyPipe, WORKFLOW_KEY } from '../../workflows/workflow-path';
import { MigrationSurveyDto, toMigrationSurveyDto } from './migration-survey.dto';
import { MigrationDto, MigrationRequestDto, toMigrationDto, toMigrationRequest } from './migration.dto';
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
      'Starts a migration that runs in the background, a few tickets at a time, while tickets can still be moved. A ticket ' +
      'migrates as a whole: afterwards it follows the new version, and if its phase changed, its history has a row of the ' +
      'kind `migration`. A ticket in a waiting phase resumes in the phase that its previous phase maps to, or, if that ' +
      'phase cannot be resumed in, as if it had just entered the waiting phase. `dry_run` reports what would happen.',
    params: [WORKFLOW_KEY],
    idempotent: true,
    returns: [
      {
        status: 202,
        type: MigrationDto,
        description: 'The migration was started.',
        location: 'The URL of the migration.',
      },
      { status: 200, type: MigrationSurveyDto, description: 'The result of a `dry_run`.' },
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
    description:
      'Returns the latest migration first. Keys that are limited to a project cannot list migrations of shared workflows.',
    params: [WORKFLOW_KEY],
    returns: { type: [MigrationDto], description: 'A page of migrations.' },
    problems: ['workflow_not_found'],
  })
  async listMigrations(
    @Param('key', KeyPipe) key: string,
    @ValidQuery() { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<MigrationDto[]> {
    const page = await this.migrations.listMigrations(key, { limit, cursor }, caller);
    return linkNext(reply, page).map(toMigrationDto);
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
