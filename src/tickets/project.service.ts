import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';
import { constraintOf } from '../database/database-errors';
import { inTransaction } from '../database/transaction';
import { uuidv7 } from '../database/uuid';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../http/cursor';
import { isStorableText } from '../http/json-body';
import { DomainError } from '../problems/domain-error';
import { Project } from './project.entity';

/** Projects. Keys and ids never change and projects are never removed, so what was looked up once stays true. */
@Injectable()
export class ProjectService {
  private readonly byKey = new Map<string, Project>();
  private readonly keyById = new Map<string, Promise<string>>();

  constructor(@InjectRepository(Project) private readonly projects: Repository<Project>) {}

  /** @throws DomainError `already_exists` when the key is taken, `outcome_unknown` */
  async createProject(key: string, title: string): Promise<Project> {
    try {
      const { raw } = await inTransaction(this.projects.manager.connection, (manager) =>
        manager
          .createQueryBuilder()
          .insert()
          .into(Project)
          .values({ id: uuidv7(), key, title })
          .returning(['id', 'created_at'])
          .execute(),
      );
      const { id, created_at } = (raw as { id: string; created_at: Date }[])[0]!;
      return this.remember({ id, key, title, createdAt: created_at, archivedAt: null });
    } catch (error) {
      if (constraintOf(error) !== 'projects_key_key') throw error;
      throw new DomainError(
        'already_exists',
        `There is a project ${JSON.stringify(key)} already.`,
        {},
        { cause: error },
      );
    }
  }

  /** Projects in the order of their keys. */
  async listProjects({ limit, cursor }: PageRequest): Promise<Page<Project>> {
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, 'key', [isKey]);
    const projects = await this.projects.find({
      where: after === undefined ? {} : { key: MoreThan(String(after)) },
      order: { key: 'ASC' },
      take: limit + 1,
    });
    return pageOf(projects, limit, 'key', ({ key }) => [key]);
  }

  /** @throws DomainError `project_not_found` */
  async getProject(key: string): Promise<Project> {
    const known = this.byKey.get(key) ?? (await this.projects.findOneBy({ key }));
    if (known === null) throw new DomainError('project_not_found', `There is no project ${JSON.stringify(key)}.`);
    return this.remember(known);
  }

  /** The key of a project that some ticket belongs to. Asked many times at once, it looks once. */
  keyOf(id: string): Promise<string> {
    const known = this.keyById.get(id);
    if (known !== undefined) return known;
    const found = this.projects.findOneByOrFail({ id }).then(({ key }) => key);
    this.keyById.set(id, found);
    found.catch(() => this.keyById.delete(id));
    return found;
  }

  private remember(project: Project): Project {
    this.byKey.set(project.key, project);
    this.keyById.set(project.id, Promise.resolve(project.key));
    return project;
  }
}

function isKey(part: unknown): boolean {
  return typeof part === 'string' && isStorableText(part);
}
