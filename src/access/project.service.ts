import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, type Repository } from 'typeorm';
import { ANONYMOUS, type Caller, requireAllProjects, seesProject } from './caller';
import { constraintOf } from '../database/database-errors';
import type { Reader } from '../database/reader';
import { uuidv7 } from '../database/storable';
import { decodeCursor, isText, type Page, pageOf, type PageRequest } from '../database/keyset-page';
import type { Command } from '../idempotency/command-runner';
import { DomainError } from '../problems/domain-error';
import { DEFAULT_PROJECT_KEY, Project } from './project.entity';

/** Projects. Keys and ids never change and projects are never removed, so what was looked up once stays true. */
@Injectable()
export class ProjectService {
  private readonly byKey = new Map<string, Project>();
  private readonly keyById = new Map<string, string>();
  private readonly lookups = new Map<string, Promise<string>>();

  constructor(@InjectRepository(Project) private readonly projects: Repository<Project>) {}

  /**
   * Returns the command that creates a project. The command throws `already_exists` when the key is taken.
   *
   * @throws DomainError `forbidden` for a caller who sees one project only
   */
  createProject({ key, title }: Pick<Project, 'key' | 'title'>, caller: Caller): Command<Project> {
    requireAllProjects(caller);
    return {
      decide: (manager) => insertProject(manager, key, title),
      explain: (error) => (constraintOf(error) === 'projects_key_key' ? keyTaken(key, error) : error),
      ended: (project) => project && this.remember(project),
    };
  }

  /** Projects in the order of their keys, as far as the caller sees them. */
  async listProjects({ limit, cursor }: PageRequest, { projectId }: Caller = ANONYMOUS): Promise<Page<Project>> {
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, 'key', [isText]);
    const projects = await this.projects.find({
      where: {
        ...(projectId === null ? {} : { id: projectId }),
        ...(after === undefined ? {} : { key: MoreThan(String(after)) }),
      },
      order: { key: 'ASC' },
      take: limit + 1,
    });
    return pageOf(projects, limit, 'key', ({ key }) => [key]);
  }

  /** @throws DomainError `project_not_found` */
  async getProject(key: string): Promise<Project> {
    const known = this.byKey.get(key) ?? (await this.projects.findOneBy({ key }));
    if (known === null) throw projectNotFound(key);
    return this.remember(known);
  }

  /**
   * The project that a caller means: by its key, or else his own, or else the default one.
   *
   * @throws DomainError `project_not_found`, also for one that he does not see
   */
  async getProjectFor(caller: Caller, key?: string): Promise<Project> {
    const own = caller.projectId === null ? DEFAULT_PROJECT_KEY : await this.keyOf(caller.projectId);
    const project = await this.getProject(key ?? own);
    if (!seesProject(caller, project.id)) throw projectNotFound(project.key);
    return project;
  }

  /** The project that a list for a caller keeps to: the one he asks for, or the only one he sees; undefined: all. */
  async filterFor(caller: Caller, key?: string): Promise<string | undefined> {
    if (key !== undefined) return (await this.getProjectFor(caller, key)).id;
    return caller.projectId ?? undefined;
  }

  /**
   * The key of a project that some ticket belongs to. Asked many times at once, it looks once.
   *
   * @param within the caller's transaction, which must not wait for another connection; its look-up is not shared
   */
  async keyOf(id: string, within?: Reader): Promise<string> {
    const known = this.keyById.get(id);
    if (known !== undefined) return known;
    if (within !== undefined) return this.lookUpKey(id, within);
    const lookup = this.lookups.get(id) ?? this.lookUpKey(id, this.projects).finally(() => this.lookups.delete(id));
    this.lookups.set(id, lookup);
    return lookup;
  }

  private async lookUpKey(id: string, reader: Reader): Promise<string> {
    const [project] = await reader.query<Pick<Project, 'key'>[]>('SELECT key FROM projects WHERE id = $1', [id]);
    this.keyById.set(id, project!.key);
    return project!.key;
  }

  private remember(project: Project): Project {
    this.byKey.set(project.key, project);
    this.keyById.set(project.id, project.key);
    return project;
  }
}

async function insertProject(manager: EntityManager, key: string, title: string): Promise<Project> {
  const { raw } = await manager
    .createQueryBuilder()
    .insert()
    .into(Project)
    .values({ id: uuidv7(), key, title })
    .returning(['id', 'created_at'])
    .execute();
  const { id, created_at } = (raw as { id: string; created_at: Date }[])[0]!;
  return { id, key, title, createdAt: created_at, archivedAt: null };
}

function keyTaken(key: string, cause: unknown): DomainError {
  return new DomainError('already_exists', `Project ${JSON.stringify(key)} already exists.`, {}, { cause });
}

function projectNotFound(key: string): DomainError {
  return new DomainError('project_not_found', `Project ${JSON.stringify(key)} does not exist.`);
}
