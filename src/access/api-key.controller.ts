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
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto, toApiKeyDto } from './api-key.dto';
import type { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import type { Caller } from './caller';
import { CurrentCaller, CurrentIdempotencyKey } from './current-caller';
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
      'The answer has the key itself, which is never shown again. A key with a project sees only that one. An ' +
      'Idempotency-Key is refused, because the answer may not be kept; a name is given only once all the same.',
    noStore: true,
    returns: { status: 201, type: CreatedApiKeyDto, description: 'The key.' },
    problems: ['already_exists', 'project_not_found'],
  })
  async createApiKey(
    @ValidBody() body: CreateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
  ): Promise<CreatedApiKeyDto> {
    if (idempotencyKey !== null) throw responseNotStored();
    const projectId = await this.projectFor(caller, body.project);
    const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
    const { name, actor_kind: actorKind, role } = body;
    const command = this.keys.createKey({ name, actorKind, role, projectId, expiresAt });
    const { key, secret } = await this.commands.execute(command);
    return { ...(await this.present(key)), key: secret };
  }

  @Endpoint({
    method: 'GET',
    path: 'api-keys',
    role: 'admin',
    summary: 'List the API keys',
    description: 'In the order of their names, revoked ones among them.',
    returns: { type: [ApiKeyDto], description: 'A page of keys.' },
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
    method: 'DELETE',
    path: 'api-keys/:id',
    role: 'admin',
    summary: 'Revoke an API key',
    description: 'Its name stays taken. Other processes on the same database refuse it within five seconds.',
    params: [idParam('API key')],
    idempotent: true,
    returns: { status: 204, description: 'It is revoked, now or already.' },
    problems: ['api_key_not_found'],
  })
  revokeApiKey(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const revoke = () => this.keys.revokeKey(id, caller.projectId);
    return this.commands.run(reply, idempotencyKey, revoke, () => ({ status: 204, headers: {} }));
  }

  /**
   * What a new key is bound to. Whoever is bound to a project himself makes keys of that project alone: by another he
   * would see more than he may.
   *
   * @throws DomainError `project_not_found`, `forbidden`
   */
  private async projectFor(caller: Caller, asked: string | null | undefined): Promise<string | null> {
    if (asked !== null) return (await this.projects.filterFor(caller, asked)) ?? null;
    if (caller.projectId === null) return null;
    throw new DomainError('forbidden', 'A key of one project cannot make a key of all projects.');
  }

  private async present(key: ApiKey): Promise<ApiKeyDto> {
    return toApiKeyDto(key, key.projectId === null ? null : await this.projects.keyOf(key.projectId));
  }
}

/** The response has a secret, and responses to requests with an Idempotency-Key are stored in the database. */
function responseNotStored(): DomainError {
  const detail = 'is not taken here, because the answer is a secret; send the request again without it';
  return validationFailed([{ in: 'header', pointer: '/idempotency-key', detail }]);
}
