import { Param } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentIdempotencyKey } from '../access/caller';
import { ProjectService } from '../access/project.service';
import type { Reader } from '../database/reader';
import { Endpoint, Endpoints } from '../http/openapi/endpoint';
import { API_PREFIX } from '../http/server/api-prefix';
import { LIMITS } from '../http/server/limits';
import { Reply, sendPage } from '../http/server/reply';
import { FullPageDto } from '../http/validation/page.dto';
import { ValidBody, ValidQuery } from '../http/validation/request-pipes';
import { CommandRunner } from '../idempotency/command-runner';
import type { IdempotencyKey } from '../idempotency/idempotency-key';
import type { LintFinding } from '../machine/lint-finding';
import { LintReportDto, toLintReportDto } from './lint.dto';
import { toDefinition, WorkflowDefinitionDto } from './workflow-definition.dto';
import { KeyPipe, VersionPipe, WORKFLOW_KEY, WORKFLOW_VERSION } from './workflow-path';
import type { StoredWorkflow, VersionRow } from './workflow-statements';
import { toWorkflowDto, toWorkflowSummaryDto, WorkflowDto, WorkflowSummaryDto } from './workflow.dto';
import { WORKFLOW_SCHEMA } from './workflow.schema';
import { WorkflowService } from './workflow.service';

const LOCATION = 'The URL of the workflow version.';

@Endpoints('Workflows')
export class WorkflowController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly projects: ProjectService,
    private readonly commands: CommandRunner,
  ) {}

  @Endpoint({
    method: 'POST',
    path: 'workflows',
    role: 'admin',
    summary: 'Create a workflow version',
    description:
      'Creates the workflow or its next version. A version never changes, and tickets keep their version. Posting an ' +
      'identical definition returns the existing version (200). `warnings` lists probable mistakes.',
    bodyLimit: LIMITS.bulkBody,
    idempotent: true,
    returns: [
      { status: 201, type: WorkflowDto, description: 'The new version.', location: LOCATION },
      { status: 200, type: WorkflowDto, description: 'The existing version.', location: LOCATION },
    ],
    problems: ['workflow_invalid', 'project_not_found', 'already_exists', 'limit_reached'],
  })
  createWorkflow(
    @ValidBody() body: WorkflowDefinitionDto,
    @CurrentCaller() caller: Caller,
    @CurrentIdempotencyKey() idempotencyKey: IdempotencyKey | null,
    @Reply() reply: FastifyReply,
  ): Promise<object | undefined> {
    const create = async () => {
      const projectId = await this.projects.filterFor(caller, body.project);
      return this.workflows.createWorkflow(toDefinition(body), projectId ?? null, caller);
    };
    return this.commands.run(reply, idempotencyKey, create, async ({ workflow, isNew, warnings }, reader) => ({
      status: isNew ? 201 : 200,
      headers: { location: `${API_PREFIX}/workflows/${workflow.key}/versions/${workflow.version}` },
      body: await this.present(workflow, warnings, reader),
    }));
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows',
    role: 'viewer',
    summary: 'List workflows',
    description: 'Returns the latest version of every workflow, ordered by key.',
    returns: { type: [WorkflowSummaryDto], description: 'A page of workflows.' },
  })
  async listWorkflows(
    @ValidQuery() { limit = 200, cursor }: FullPageDto,
    @CurrentCaller() caller: Caller,
    @Reply() reply: FastifyReply,
  ): Promise<string> {
    const page = await this.workflows.listWorkflows({ limit, cursor }, caller);
    return sendPage(reply, page, async (item) => toWorkflowSummaryDto(item, await this.projectOf(item)));
  }

  @Endpoint({
    method: 'POST',
    path: 'workflows/lint',
    role: 'viewer',
    summary: 'Lint a workflow definition',
    description:
      'Returns every finding with its code and location. A definition with errors cannot be stored. Nothing is stored.',
    bodyLimit: LIMITS.bulkBody,
    returns: { type: LintReportDto, description: 'The findings.' },
  })
  async lintWorkflow(@ValidBody() body: WorkflowDefinitionDto): Promise<LintReportDto> {
    return toLintReportDto(await this.workflows.lint(toDefinition(body)));
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows/schema',
    role: 'viewer',
    summary: 'Get the schema of workflow definitions',
    description:
      'Returns a JSON Schema (2020-12) for editors and validators. A valid definition can still have lint errors.',
    contentType: 'application/schema+json; charset=utf-8',
    returns: {
      description: 'The schema.',
      content: { 'application/schema+json': { schema: { type: 'object', additionalProperties: true } } },
    },
  })
  getWorkflowSchema(): object {
    return WORKFLOW_SCHEMA;
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows/:key',
    role: 'viewer',
    summary: 'Get a workflow',
    description: 'Returns the latest version.',
    params: [WORKFLOW_KEY],
    returns: { type: WorkflowDto, description: 'The workflow.' },
    problems: ['workflow_not_found'],
  })
  async getWorkflow(@Param('key', KeyPipe) key: string, @CurrentCaller() caller: Caller): Promise<WorkflowDto> {
    return this.lintAndPresent(await this.workflows.getWorkflow(key, undefined, caller));
  }

  @Endpoint({
    method: 'GET',
    path: 'workflows/:key/versions/:version',
    role: 'viewer',
    summary: 'Get a workflow version',
    params: [WORKFLOW_KEY, WORKFLOW_VERSION],
    returns: { type: WorkflowDto, description: 'The workflow version.' },
    problems: ['workflow_not_found'],
  })
  async getWorkflowVersion(
    @Param('key', KeyPipe) key: string,
    @Param('version', VersionPipe) version: number,
    @CurrentCaller() caller: Caller,
  ): Promise<WorkflowDto> {
    return this.lintAndPresent(await this.workflows.getWorkflow(key, version, caller));
  }

  private async lintAndPresent(workflow: StoredWorkflow): Promise<WorkflowDto> {
    return this.present(workflow, await this.workflows.lint(workflow.definition));
  }

  private async present(
    workflow: StoredWorkflow,
    findings: readonly LintFinding[],
    within?: Reader,
  ): Promise<WorkflowDto> {
    return toWorkflowDto(workflow, await this.projectOf(workflow, within), findings);
  }

  /** Returns the key of the project that a workflow belongs to; null: all projects share it. */
  private async projectOf({ projectId }: VersionRow, within?: Reader): Promise<string | null> {
    return projectId === null ? null : this.projects.keyOf(projectId, within);
  }
}
