import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../ormconfig';
import { CommandRunner } from '../../idempotency/command-runner';
import type { CompiledWorkflow } from '../../machine/compiled-workflow';
import { DomainError } from '../../problems/domain-error';
import { DEFAULT_PROJECT_KEY, Project } from '../../access/project.entity';
import { ProjectService } from '../../access/project.service';
import { WorkflowService } from '../../workflows/workflow.service';
import { TransferError } from '../transfer-error';
import type { ImportDatabase } from './import-database';
import { Session } from './session';
import { type Graphs, TicketWriter, type Writer } from './log-importer';
import { NOTHING_STORED, type StoredTickets, TicketsOfSource } from './stored-tickets';
import { BUILT_IN, findWorkflow, newWorkflow, storeWorkflow, type TargetWorkflow } from './target-workflow';
import type { WorkflowFile } from './workflow-file';

/** The options of an import target. */
export interface TargetOptions {
  /** The project key. */
  readonly project: string;
  readonly source: string;
  /** Null for the built-in workflow. */
  readonly workflow: WorkflowFile | null;
  readonly dryRun: boolean;
}

/** The database that receives the tickets. Nothing is written before `begin`. */
export interface ImportTarget {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  readonly graphs: Graphs;
  /** The connection for staging rows and for reading stored tickets. */
  readonly reading: Session;
  readonly stored: StoredTickets;
  /** Stores the workflow unless it is stored already. */
  begin(): Promise<OpenWriter>;
  close(): Promise<void>;
}

interface OpenWriter {
  readonly workflow: TargetWorkflow;
  readonly writer: Writer;
}

const NO_WRITER: Writer = { write: () => Promise.resolve() };

/**
 * Opens the database for an import.
 *
 * @throws TransferError when the project does not exist or the workflow cannot be stored
 */
export function openTarget(database: ImportDatabase, options: TargetOptions): Promise<ImportTarget> {
  return database.isEmpty ? openEmpty(database, options) : openFilled(database, options);
}

/** Opens a database without tables for a dry run. */
async function openEmpty({ url }: ImportDatabase, { project, workflow: file }: TargetOptions): Promise<ImportTarget> {
  if (project !== DEFAULT_PROJECT_KEY) throw noProject(project);
  const reading = await Session.open(url);
  const workflow = file === null ? BUILT_IN : newWorkflow(file);
  return {
    graph: workflow.graph,
    graphs: { know: () => Promise.resolve(), graphOf: () => BUILT_IN.graph },
    reading,
    stored: NOTHING_STORED,
    begin: () => Promise.resolve({ workflow, writer: NO_WRITER }),
    close: () => reading.close(),
  };
}

async function openFilled({ url }: ImportDatabase, options: TargetOptions): Promise<ImportTarget> {
  const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
  const sessions: Session[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
    await dataSource.destroy();
  };
  try {
    const { id: projectId } = await findProject(dataSource, options.project);
    const owner = { projectId, source: options.source };
    const graphs = new WorkflowService(dataSource);
    const found = options.workflow === null ? BUILT_IN : await findWorkflow(graphs, options.workflow, projectId);
    const [reading, writing] = [await Session.open(url), await Session.open(url)];
    sessions.push(reading, writing);
    const stored = new TicketsOfSource(reading, owner);
    const begin = async (): Promise<OpenWriter> => {
      const commands = new CommandRunner(dataSource);
      if (options.dryRun) return { workflow: found, writer: NO_WRITER };
      const workflow =
        options.workflow === null ? found : await storeWorkflow(graphs, commands, options.workflow, projectId);
      if (workflow.stored === null) throw new Error(`The workflow ${workflow.key} is not stored.`);
      return { workflow, writer: new TicketWriter(writing, { ...owner, graphId: workflow.stored.graphId }) };
    };
    return { graph: found.graph, graphs, reading, stored, begin, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findProject(dataSource: DataSource, key: string): Promise<Project> {
  try {
    return await new ProjectService(dataSource.getRepository(Project)).getProject(key);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'project_not_found') throw noProject(key);
    throw error;
  }
}

function noProject(key: string): TransferError {
  const advice = 'Create it with POST /api/v1/projects, or name another project with --project.';
  return new TransferError(`The project ${JSON.stringify(key)} does not exist. ${advice}`);
}
