import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequiresRole } from '../auth/requires-role';
import { ApiProblems, BODY_PROBLEMS, LINK_HEADER } from '../http/api-documentation';
import { nextLink } from '../http/cursor';
import { BodyPipe, QueryPipe } from '../http/request-pipes';
import { CreateProjectDto, ListProjectsDto, ProjectDto, toProjectDto } from './project.dto';
import { ProjectService } from './project.service';

@ApiTags('Projects')
@Controller('projects')
export class ProjectController {
  constructor(private readonly projects: ProjectService) {}

  @Post()
  @RequiresRole('admin')
  @ApiOperation({ summary: 'Create a project' })
  @ApiBody({ type: CreateProjectDto })
  @ApiCreatedResponse({ type: ProjectDto, description: 'The project.' })
  @ApiProblems('already_exists', 'outcome_unknown', ...BODY_PROBLEMS)
  async createProject(@Body(new BodyPipe(CreateProjectDto)) { key, title }: CreateProjectDto): Promise<ProjectDto> {
    return toProjectDto(await this.projects.createProject(key, title));
  }

  @Get()
  @RequiresRole('viewer')
  @ApiOperation({ summary: 'List the projects', description: 'In the order of their keys.' })
  @ApiOkResponse({ type: [ProjectDto], description: 'A page of projects.', headers: LINK_HEADER })
  @ApiProblems()
  async listProjects(
    @Query(new QueryPipe(ListProjectsDto)) { limit = 200, cursor }: ListProjectsDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectDto[]> {
    const page = await this.projects.listProjects({ limit, cursor });
    if (page.nextCursor !== undefined) reply.header('link', nextLink(request.url, page.nextCursor));
    return page.items.map(toProjectDto);
  }
}
