import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Endpoint, Endpoints, idParam } from '../http/openapi/endpoint';
import { linkNext, Reply } from '../http/server/reply';
import { PageDto } from '../http/validation/page.dto';
import { IdPipe, ValidBody, ValidQuery } from '../http/validation/request-pipes';
import { CommandRunner } from '../idempotency/command-runner';
import type { IdempotencyKey } from '../idempotency/idempotency-key';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import {
  ApiKeyDto,
  ApiKeyEventDto,
  CreateApiKeyDto,
  DEFAULT_OVERLAP,
  IssuedApiKeyDto,
  RotateApiKeyDto,
  toApiKeyDto,
  toApiKeyEventDto,
} from './api-key.dto';
import type { ApiKey } from './api-key.entity';
import { ApiKeyService, type IssuedApiKey } from './api-key.service';
import { type Caller, CurrentCaller, CurrentIdempotencyKey } from './caller';
import { ProjectService } from './project.service';

@Endpoints('Keys')
export class ApiKeyController {
  constructor(
    private readonly keys: ApiKeyService,
    private readonly projects: ProjectService,
    private readonly commands: CommandRunner,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'api-keys',
    role: 'admin',
    summary: 'Create an API key',
    description:
      'Returns the secret key, which cannot be retrieved again. A key with a project has access to that project only. An ' +
      '`Idempotency-Key` is rejected, because the server does not store a response with a secret. A retry is still safe: ' +
      'names are unique.',
    noStore: true,
    returns: { status: 201, type: IssuedApiKeyDto, description: 'The API key with its secret.' },
    problems: ['already_exists', 'project_not_found'],
  })
  async createApiKey(
    @ValidBody() body: CreateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
  ): Promise<IssuedApiKeyDto> {
    refuseIdempotencyKey(idempotencyKey);
    const projectId = await this.projectFor(caller, body.project);
    const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
    const { name, actor_kind: actorKind, role } = body;
    const command = this.keys.createKey({ name, actorKind, role, projectId, expiresAt }, caller);
    return this.presentIssued(await this.commands.execute(command));
  }

  @Endpoint({
    method: 'GET',
    path: 'api-keys',
    role: 'admin',
    summary: 'List API keys',
    description: 'Returns API keys ordered by name, including revoked keys.',
    uncompressed: true,
    returns: { type: [ApiKeyDto], description: 'A page of API keys.' },
  })
  async listApiKeys(
    @ValidQuery() { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<ApiKeyDto[]> {
    const page = await this.keys.listKeys({ limit, cursor }, caller.projectId);
    return Promise.all(linkNext(reply, page).map((key) => this.present(key)));
  }

  @Endpoint({
    method: 'POST',
    path: 'api-keys/:id/rotate',
    role: 'admin',
    summary: 'Rotate an API key',
    description:
      'Gives the key a new secret, which cannot be retrieved again. The name, the role and the expiry stay. The replaced ' +
      'secret stays valid for `overlap_seconds`; a secret that was replaced earlier ends at once. An `Idempotency-Key` is ' +
      'rejected, because the server does not store a response with a secret. If the response is lost, rotate again.',
    params: [idParam('API key')],
    noStore: true,
    returns: { type: IssuedApiKeyDto, description: 'The API key with its new secret.' },
    problems: ['api_key_not_found', 'api_key_inactive'],
  })
  async rotateApiKey(
    @Param('id', IdPipe) id: string,
    @ValidBody() { overlap_seconds: overlap }: RotateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
  ): Promise<IssuedApiKeyDto> {
    refuseIdempotencyKey(idempotencyKey);
    const command = this.keys.rotateKey(id, overlap ?? DEFAULT_OVERLAP, caller, caller.projectId);
    return this.presentIssued(await this.commands.execute(command));
  }

  @Endpoint({
    method: 'GET',
    path: 'api-keys/:id/events',
    role: 'admin',
    summary: 'List events of an API key',
    description: 'Returns who created, rotated and revoked the key, newest first.',
    params: [idParam('API key')],
    uncompressed: true,
    returns: { type: [ApiKeyEventDto], description: 'A page of events.' },
    problems: ['api_key_not_found'],
  })
  async listApiKeyEvents(
    @Param('id', IdPipe) id: string,
    @ValidQuery() { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<ApiKeyEventDto[]> {
    const { key, page } = await this.keys.listEvents(id, { limit, cursor }, caller.projectId);
    return linkNext(reply, page).map((event) => toApiKeyEventDto(event, key));
  }

  @Endpoint({
    method: 'DELETE',
    path: 'api-keys/:id',
    role: 'admin',
    summary: 'Revoke an API key',
    description: 'Other servers on the same database reject the key within five seconds. Its name cannot be reused.',
    params: [idParam('API key')],
    idempotent: true,
    returns: { status: 204, description: 'The key is revoked.' },
    problems: ['api_key_not_found'],
  })
  revokeApiKey(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const revoke = () => this.keys.revokeKey(id, caller, caller.projectId);
    return this.commands.run(reply, idempotencyKey, revoke, () => ({ status: 204, headers: {} }));
  }

  /**
   * Returns the id of the project that a new key is limited to; null: none. A caller that is limited to a project can
   * create keys for that project only, because another key would extend its access.
   *
   * @throws DomainError `project_not_found`, `forbidden`
   */
  private async projectFor(caller: Caller, asked: string | null | undefined): Promise<string | null> {
    if (asked !== null) return (await this.projects.filterFor(caller, asked)) ?? null;
    if (caller.projectId === null) return null;
    throw new DomainError('forbidden', 'This key is limited to one project and cannot create a key for all projects.');
  }

  private async presentIssued({ key, secret }: IssuedApiKey): Promise<IssuedApiKeyDto> {
    return { ...(await this.present(key)), key: secret };
  }

  private async present(key: ApiKey): Promise<ApiKeyDto> {
    return toApiKeyDto(key, key.projectId === null ? null : await this.projects.keyOf(key.projectId));
  }
}

/**
 * Stored responses are kept in the database in plain text, so a response with a secret is not stored.
 *
 * @throws DomainError `validation_failed`
 */
function refuseIdempotencyKey(key: IdempotencyKey | null): void {
  if (key === null) return;
  const detail = 'is not accepted, because the response contains a secret; send the request without it';
  throw validationFailed([{ in: 'header', pointer: '/idempotency-key', detail }]);
}
