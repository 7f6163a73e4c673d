import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, type Repository } from 'typeorm';
import { inTransaction } from '../database/transaction';
import { uuidv7 } from '../database/storable';
import { decodeCursor, isText, type Page, pageOf, type PageRequest } from '../database/keyset-page';
import { BUDGETS } from '../http/server/limits';
import type { Command } from '../idempotency/command-runner';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { ApiKey } from './api-key.entity';
import { hashOf, KeyVerifier, makeSecret, prefixOf } from './key-verifier';

export type NewApiKey = Pick<ApiKey, 'name' | 'actorKind' | 'role' | 'projectId' | 'expiresAt'>;

/** A new key with its secret, which is not stored. */
export interface CreatedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** The name recorded for callers without authentication. No key may have it. */
const RESERVED_NAME = 'system';

/** The advisory lock for the names of keys: the letters "keys". */
const NAMES_LOCK = 0x6b657973;

/** Creates, lists and revokes API keys. `within` is the only project whose keys the caller may change; null: all projects. */
@Injectable()
export class ApiKeyService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly verifier: KeyVerifier,
  ) {}

  /**
   * Returns the command that creates a key. Names are compared case-insensitively, and a revoked key keeps its name. The
   * command throws `already_exists`, and `limit_reached` for an admin of a project that has too many keys.
   *
   * @throws DomainError `validation_failed`
   */
  createKey(values: NewApiKey, within: string | null = null): Command<CreatedApiKey> {
    const { name, expiresAt } = values;
    if (name.toLowerCase() === RESERVED_NAME) throw invalid('/name', `must not be ${RESERVED_NAME}, which is reserved`);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw invalid('/expires_at', 'must be in the future');
    return {
      decide: async (manager) => {
        await lockNames(manager);
        await refuseTakenName(manager, name);
        if (within !== null) await refuseFullProject(manager, within);
        return insertKey(manager, values);
      },
    };
  }

  /**
   * Makes the first key of a database that has none: an admin's, named `admin`. Of several processes that start at once,
   * one makes it.
   *
   * @returns its secret; undefined when there is a key already
   */
  createFirstKey(): Promise<string | undefined> {
    const admin = { name: 'admin', actorKind: 'human', role: 'admin', projectId: null, expiresAt: null } as const;
    return inTransaction(this.keys.manager.connection, async (manager) => {
      await lockNames(manager);
      if (await manager.exists(ApiKey)) return undefined;
      return (await insertKey(manager, admin)).secret;
    });
  }

  /** Returns a page of keys, including revoked ones, ordered by name. */
  async listKeys({ limit, cursor }: PageRequest, within: string | null): Promise<Page<ApiKey>> {
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, 'name', [isText]);
    const keys = await this.keys.find({
      where: {
        ...(after === undefined ? {} : { name: MoreThan(String(after)) }),
        ...(within === null ? {} : { projectId: within }),
      },
      order: { name: 'ASC' },
      take: limit + 1,
    });
    return pageOf(keys, limit, 'name', ({ name }) => [name]);
  }

  /**
   * Returns the command that revokes a key: in this process at once, in others when their cached copy expires. Revoking it
   * again changes nothing. The command throws `api_key_not_found`.
   */
  revokeKey(id: string, within: string | null): Command<void> {
    const scope = { id, ...(within === null ? {} : { projectId: within }) };
    return {
      decide: async (manager) => {
        const { affected } = await manager
          .createQueryBuilder()
          .update(ApiKey)
          .set({ revokedAt: () => 'coalesce(revoked_at, clock_timestamp())' })
          .where(scope)
          .execute();
        if (affected === 0) throw new DomainError('api_key_not_found', `API key ${id} does not exist.`);
      },
      ended: () => this.verifier.forget(),
    };
  }
}

function invalid(pointer: string, detail: string): DomainError {
  return validationFailed([{ in: 'body', pointer, detail }]);
}

/** One at a time: neither a name in other letters nor the first of all keys can be held unique by an index. */
async function lockNames(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [NAMES_LOCK]);
}

/** @throws DomainError `already_exists` */
async function refuseTakenName(manager: EntityManager, name: string): Promise<void> {
  const holder = await manager
    .createQueryBuilder(ApiKey, 'key')
    .where('lower(key.name) = lower(:name)', { name })
    .getOne();
  if (holder === null) return;
  const detail = `An active or revoked key has the name ${JSON.stringify(name)}. Names cannot be reused.`;
  throw new DomainError('already_exists', detail);
}

/** @throws DomainError `limit_reached` */
async function refuseFullProject(manager: EntityManager, projectId: string): Promise<void> {
  if ((await manager.countBy(ApiKey, { projectId })) < BUDGETS.projectKeys) return;
  const detail = `The project has ${BUDGETS.projectKeys} API keys, revoked ones included, which is the limit.`;
  throw new DomainError('limit_reached', `${detail} An admin of all projects can create further ones.`);
}

async function insertKey(manager: EntityManager, values: NewApiKey): Promise<CreatedApiKey> {
  const secret = makeSecret();
  const key = { ...values, id: uuidv7(), prefix: prefixOf(secret), hash: Buffer.from(hashOf(secret), 'hex') };
  const { generatedMaps } = await manager
    .createQueryBuilder()
    .insert()
    .into(ApiKey)
    .values(key)
    .returning('*')
    .execute();
  return { key: manager.create(ApiKey, { ...key, ...generatedMaps[0] }), secret };
}
