import type { FastifyReply } from 'fastify';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { Reply, sendPage } from '../http/server/reply';
import { FullPageDto } from '../http/validation/page.dto';
import { ValidBody, ValidQuery } from '../http/validation/request-pipes';
import { CommandRunner } from '../idempotency/command-runner';
import type { IdempotencyKey } from '../idempotency/idempotency-key';
import { type Caller, CurrentCaller, CurrentIdempotencyKey } from './caller';
import { CreateProjectDto, ProjectDto, toProjectDto } from './project.dto';
import { ProjectService } from './project.service';

@Endpoints('Projects')
export class ProjectController {
  constructor(
    private readonly projects: ProjectService,
    private readonly commands: CommandRunner,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'projects',
    role: 'admin',
    summary: 'Create a project',
    idempotent: true,
    returns: { status: 201, type: ProjectDto, description: 'The project.' },
    problems: ['already_exists'],
  })
  createProject(
    @ValidBody() body: CreateProjectDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const create = () => this.projects.createProject(body, caller);
    return this.commands.run(reply, idempotencyKey, create, (project) => ({
      status: 201,
      headers: {},
      body: toProjectDto(project),
    }));
  }

  @Endpoint({
    method: 'GET',
    path: 'projects',
    role: 'viewer',
    summary: 'List projects',
    description: 'Returns projects ordered by key.',
    returns: { type: [ProjectDto], description: 'A page of projects.' },
  })
  async listProjects(
    @ValidQuery() { limit = 200, cursor }: FullPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const page = await this.projects.listProjects({ limit, cursor }, caller);
    return sendPage(reply, page, toProjectDto);
  }
}
