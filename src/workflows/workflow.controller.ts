import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentCaller } from '../access/current-caller';
import type { Caller } from '../access/caller';
import { RequiresRole } from '../access/requires-role';
import type { Reader } from '../database/reader';
import {
  ApiProblems,
  BODY_PROBLEMS,
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_PROBLEMS,
  LINK_HEADER,
} from '../http/openapi/api-documentation';
import { API_PREFIX } from '../http/server/api-prefix';
import { BodyLimit } from '../http/server/body-limit';
import { linkNext } from '../http/server/link-header';
import { LIMITS } from '../http/server/limits';
import { FullPageDto } from '../http/validation/page.dto';
import { BodyPipe, QueryPipe } from '../http/validation/request-pipes';
import { Claimed } from '../access/claimed';
import { IdempotencyService } from '../idempotency/idempotency.service';
import type { KeyClaim } from '../idempotency/key-claim';
import type { Receipt } from '../idempotency/receipt';
import { lintWorkflow } from '../machine/lint';
import { ProjectService } from '../access/project.service';
import { LintReportDto, toLintReportDto } from './lint.dto';
import { toDefinition, WorkflowDefinitionDto } from './workflow-definition.dto';
import { WORKFLOW_SCHEMA } from './workflow.schema';
import { KeyPipe, VersionPipe, WORKFLOW_KEY, WORKFLOW_VERSION } from './workflow-path';
import type { StoredWorkflow, VersionRow } from './workflow-statements';
import { toWorkflowDto, toWorkflowSummaryDto, WorkflowDto, WorkflowSummaryDto } from './workflow.dto';
import { WorkflowService, type CreatedWorkflow } from './workflow.service';

const LOCATION_HEADER = { Location: { description: 'Where the version is.', schema: { type: 'string' } } } as const;

@ApiTags('Workflows')
@Controller('workflows')
export class WorkflowController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly projects: ProjectService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @RequiresRole('admin')
  @BodyLimit(LIMITS.bulkBody)
  @ApiOperation({
    summary: 'Define a workflow, or its next version',
    description:
      'A version never changes, and tickets stay with the one that they began under. A definition that is a version ' +
      'already is answered with that one. `warnings` says what may be meant otherwise.',
  })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: WorkflowDefinitionDto })
  @ApiCreatedResponse({ type: WorkflowDto, description: 'The new version.', headers: LOCATION_HEADER })
  @ApiOkResponse({ type: WorkflowDto, description: 'The version that it is already.', headers: LOCATION_HEADER })
  @ApiProblems(
    'workflow_invalid',
    'project_not_found',
    'already_exists',
    'outcome_unknown',
    ...IDEMPOTENCY_PROBLEMS,
    ...BODY_PROBLEMS,
  )
  createWorkflow(
    @Body(new BodyPipe(WorkflowDefinitionDto)) body: WorkflowDefinitionDto,
    @CurrentCaller() caller: Caller,
    @Claimed() claim: KeyClaim | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const create = async (receipt?: Receipt<CreatedWorkflow>) => {
      const projectId = await this.projects.filterFor(caller, body.project);
      return this.workflows.createWorkflow(toDefinition(body), projectId ?? null, receipt);
    };
    return this.idempotency.answer(reply, claim, create, async ({ workflow, isNew }, within) => ({
      status: isNew ? 201 : 200,
      headers: { location: `${API_PREFIX}/workflows/${workflow.key}/versions/${workflow.version}` },
      body: await this.present(workflow, within),
    }));
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({
    summary: 'List the workflows',
    description: 'In the order of their keys, each in its newest version.',
  })
  @ApiOkResponse({ type: [WorkflowSummaryDto], description: 'A page of workflows.', headers: LINK_HEADER })
  @ApiProblems()
  async listWorkflows(
    @Query(new QueryPipe(FullPageDto)) { limit = 200, cursor }: FullPageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WorkflowSummaryDto[]> {
    const page = await this.workflows.listWorkflows({ limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return Promise.all(page.items.map(async (item) => toWorkflowSummaryDto(item, await this.projectOf(item))));
  }

  @Post('lint')
  @RequiresRole('viewer')
  @BodyLimit(LIMITS.bulkBody)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Find what is wrong with a workflow',
    description: 'Everything at once, each with its place. Nothing is stored; with errors it could not be.',
  })
  @ApiBody({ type: WorkflowDefinitionDto })
  @ApiOkResponse({ type: LintReportDto, description: 'What was found, in the order of the definition.' })
  @ApiProblems(...BODY_PROBLEMS)
  lintWorkflow(@Body(new BodyPipe(WorkflowDefinitionDto)) body: WorkflowDefinitionDto): LintReportDto {
    return toLintReportDto(lintWorkflow(toDefinition(body)));
  }

  @Get('schema')
  @RequiresRole('viewer')
  @Header('content-type', 'application/schema+json; charset=utf-8')
  @ApiOperation({
    summary: 'Get the JSON Schema of a definition',
    description: 'JSON Schema 2020-12, for editors and checks. What it takes can still be wrong: `lint` tells.',
  })
  @ApiOkResponse({
    description: 'The schema.',
    content: { 'application/schema+json': { schema: { type: 'object', additionalProperties: true } } },
  })
  @ApiProblems()
  getWorkflowSchema(): object {
    return WORKFLOW_SCHEMA;
  }

  @Get(':key')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'Get a workflow', description: 'In its newest version.' })
  @ApiParam(WORKFLOW_KEY)
  @ApiOkResponse({ type: WorkflowDto, description: 'Its newest version.' })
  @ApiProblems('workflow_not_found')
  async getWorkflow(@Param('key', KeyPipe) key: string, @CurrentCaller() caller: Caller): Promise<WorkflowDto> {
    return this.present(await this.workflows.getWorkflow(key, undefined, caller));
  }

  @Get(':key/versions/:version')
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'Get a version of a workflow' })
  @ApiParam(WORKFLOW_KEY)
  @ApiParam(WORKFLOW_VERSION)
  @ApiOkResponse({ type: WorkflowDto, description: 'The version.' })
  @ApiProblems('workflow_not_found')
  async getWorkflowVersion(
    @Param('key', KeyPipe) key: string,
    @Param('version', VersionPipe) version: number,
    @CurrentCaller() caller: Caller,
  ): Promise<WorkflowDto> {
    return this.present(await this.workflows.getWorkflow(key, version, caller));
  }

  private async present(workflow: StoredWorkflow, within?: Reader): Promise<WorkflowDto> {
    return toWorkflowDto(workflow, await this.projectOf(workflow, within));
  }

  /** The key of the project that a workflow belongs to; null: it is everybody's. */
  private async projectOf({ projectId }: VersionRow, within?: Reader): Promise<string | null> {
    return projectId === null ? null : this.projects.keyOf(projectId, within);
  }
}
