import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey } from './api-key.entity';
import { ApiKeyService } from './api-key.service';
import { CurrentCaller } from './current-caller';
import type { Caller } from './caller';
import { RequiresRole } from './requires-role';
import {
  ApiProblems,
  BODY_PROBLEMS,
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_PROBLEMS,
  LINK_HEADER,
} from '../http/openapi/api-documentation';
import { linkNext } from '../http/server/link-header';
import { PageDto } from '../http/validation/page.dto';
import { BodyPipe, IdPipe, QueryPipe } from '../http/validation/request-pipes';
import { Claimed } from './claimed';
import { IdempotencyService } from '../idempotency/idempotency.service';
import type { KeyClaim } from '../idempotency/key-claim';
import { stepsOf, type Receipt } from '../idempotency/receipt';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto, toApiKeyDto } from './api-key.dto';
import { ProjectService } from './project.service';

const API_KEY_ID = {
  name: 'id',
  description: 'The id of the API key.',
  schema: { type: 'string', format: 'uuid' },
  example: '0192f0c4-5d2e-7a4b-8c6f-9e1d3b5a7c90',
} as const;

const NO_STORE_HEADER = {
  'Cache-Control': { description: '`no-store`: the key is shown once.', schema: { type: 'string' } },
} as const;

/** Here and not in the room of keys, because keys name projects, which stand above them. */
@ApiTags('Keys')
@Controller('api-keys')
export class ApiKeyController {
  constructor(
    private readonly keys: ApiKeyService,
    private readonly projects: ProjectService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @RequiresRole('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Create an API key',
    description:
      'The answer has the key itself, which is never shown again. A key with a project sees only that one. An ' +
      'Idempotency-Key is refused, because the answer may not be kept; a name is given only once all the same.',
  })
  @ApiBody({ type: CreateApiKeyDto })
  @ApiCreatedResponse({ type: CreatedApiKeyDto, description: 'The key.', headers: NO_STORE_HEADER })
  @ApiProblems('already_exists', 'project_not_found', 'outcome_unknown', ...BODY_PROBLEMS)
  async createApiKey(
    @Body(new BodyPipe(CreateApiKeyDto)) body: CreateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @Claimed() claim: KeyClaim | null,
  ): Promise<CreatedApiKeyDto> {
    if (claim !== null) throw answerNotKept();
    const projectId = await this.projectFor(caller, body.project);
    const expiresAt = body.expires_at ? new Date(body.expires_at) : null;
    const { name, actor_kind: actorKind, role } = body;
    const { key, secret } = await this.keys.createKey({ name, actorKind, role, projectId, expiresAt });
    return { ...(await this.present(key)), key: secret };
  }

  @Get()
  @RequiresRole('admin')
  @ApiOperation({ summary: 'List the API keys', description: 'In the order of their names, revoked ones among them.' })
  @ApiOkResponse({ type: [ApiKeyDto], description: 'A page of keys.', headers: LINK_HEADER })
  @ApiProblems()
  async listApiKeys(
    @Query(new QueryPipe(PageDto)) { limit = 50, cursor }: PageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApiKeyDto[]> {
    const page = await this.keys.listKeys({ limit, cursor }, caller.projectId);
    linkNext(reply, request.url, page);
    return Promise.all(page.items.map((key) => this.present(key)));
  }

  @Delete(':id')
  @RequiresRole('admin')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'Its name stays taken. Other processes on the same database refuse it within five seconds.',
  })
  @ApiParam(API_KEY_ID)
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiNoContentResponse({ description: 'It is revoked, now or already.' })
  @ApiProblems('api_key_not_found', 'outcome_unknown', ...IDEMPOTENCY_PROBLEMS, ...BODY_PROBLEMS)
  revokeApiKey(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
    @Claimed() claim: KeyClaim | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const revoke = (receipt?: Receipt<void>) => this.keys.revokeKey(id, caller.projectId, stepsOf(receipt));
    return this.idempotency.answer(reply, claim, revoke, () => ({ status: 204, headers: {} }));
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

/** The answer has a secret, and what is kept under an Idempotency-Key lies in the database. */
function answerNotKept(): DomainError {
  const detail = 'is not taken here, because the answer is a secret; send the request again without it';
  return validationFailed([{ in: 'header', pointer: '/idempotency-key', detail }]);
}
