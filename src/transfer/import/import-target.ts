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

/** What is asked of the database. */
export interface TargetOptions {
  /** Key of the project. */
  readonly project: string;
  readonly source: string;
  /** Null: the built-in workflow. */
  readonly workflow: WorkflowFile | null;
  readonly dryRun: boolean;
}

/** Where tickets go, and what is known of those that are there. Nothing is written before `begin`. */
export interface ImportTarget {
  /** The workflow of new tickets. */
  readonly graph: CompiledWorkflow;
  readonly graphs: Graphs;
  /** For staging rows; what is stored is looked up through it, too. */
  readonly reading: Session;
  readonly stored: StoredTickets;
  /** Stores the workflow, where that is due. */
  begin(): Promise<OpenWriter>;
  close(): Promise<void>;
}

/** Where plans are carried out. */
export interface OpenWriter {
  readonly workflow: TargetWorkflow;
  readonly writer: Writer;
}

const NO_WRITER: Writer = { write: () => Promise.resolve() };

/** @throws TransferError when there is no such project, or the workflow could not be stored */
export function openTarget(database: ImportDatabase, wanted: TargetOptions): Promise<ImportTarget> {
  return database.isEmpty ? openEmpty(database, wanted) : openFilled(database, wanted);
}

/** A dry run on a database without tables, as the first import would find it. */
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

async function openFilled({ url }: ImportDatabase, wanted: TargetOptions): Promise<ImportTarget> {
  const dataSource = await new DataSource(dataSourceOptions(url, 1)).initialize();
  const sessions: Session[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(sessions.map((session) => session.close()));
    await dataSource.destroy();
  };
  try {
    const { id: projectId } = await findProject(dataSource, wanted.project);
    const owner = { projectId, source: wanted.source };
    const graphs = new WorkflowService(dataSource);
    const found = wanted.workflow === null ? BUILT_IN : await findWorkflow(graphs, wanted.workflow, projectId);
    sessions.push(await Session.open(url), await Session.open(url));
    const [reading, writing] = sessions as [Session, Session];
    const stored = new TicketsOfSource(reading, owner);
    const begin = async (): Promise<OpenWriter> => {
      if (wanted.dryRun) return { workflow: found, writer: NO_WRITER };
      const workflow =
        wanted.workflow === null
          ? found
          : await storeWorkflow(graphs, new CommandRunner(dataSource), wanted.workflow, projectId);
      return { workflow, writer: new TicketWriter(writing, { ...owner, graphId: workflow.stored!.graphId }) };
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
  const advice = 'Create it with POST /api/v1/projects, or name another with --project.';
  return new TransferError(`There is no project ${JSON.stringify(key)}. ${advice}`);
}
