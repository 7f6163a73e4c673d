import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
import { FullPageDto } from '../http/validation/page.dto';
import { BodyPipe, QueryPipe } from '../http/validation/request-pipes';
import { Claimed } from './claimed';
import { IdempotencyService } from '../idempotency/idempotency.service';
import type { KeyClaim } from '../idempotency/key-claim';
import type { Receipt } from '../idempotency/receipt';
import type { Project } from './project.entity';
import { CreateProjectDto, ProjectDto, toProjectDto } from './project.dto';
import { ProjectService } from './project.service';

@ApiTags('Projects')
@Controller('projects')
export class ProjectController {
  constructor(
    private readonly projects: ProjectService,
    private readonly idempotency: IdempotencyService,
  ) {}

  @Post()
  @RequiresRole('admin')
  @ApiOperation({ summary: 'Create a project' })
  @ApiHeader(IDEMPOTENCY_KEY)
  @ApiBody({ type: CreateProjectDto })
  @ApiCreatedResponse({ type: ProjectDto, description: 'The project.' })
  @ApiProblems('already_exists', 'outcome_unknown', ...IDEMPOTENCY_PROBLEMS, ...BODY_PROBLEMS)
  createProject(
    @Body(new BodyPipe(CreateProjectDto)) body: CreateProjectDto,
    @CurrentCaller() caller: Caller,
    @Claimed() claim: KeyClaim | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const create = (receipt?: Receipt<Project>) => this.projects.createProject(body, caller, receipt);
    return this.idempotency.answer(reply, claim, create, (project) => ({
      status: 201,
      headers: {},
      body: toProjectDto(project),
    }));
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'List the projects', description: 'In the order of their keys.' })
  @ApiOkResponse({ type: [ProjectDto], description: 'A page of projects.', headers: LINK_HEADER })
  @ApiProblems()
  async listProjects(
    @Query(new QueryPipe(FullPageDto)) { limit = 200, cursor }: FullPageDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectDto[]> {
    const page = await this.projects.listProjects({ limit, cursor }, caller);
    linkNext(reply, request.url, page);
    return page.items.map(toProjectDto);
  }
}
