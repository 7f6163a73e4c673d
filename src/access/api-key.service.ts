import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, LessThan, MoreThan, type Repository } from 'typeorm';
import { inTransaction } from '../database/transaction';
import { uuidv7 } from '../database/storable';
import { decodeCursor, isCount, isText, type Page, pageOf, type PageRequest } from '../database/keyset-page';
import type { Command } from '../idempotency/command-runner';
import { DomainError } from '../problems/domain-error';
import { validationFailed } from '../problems/validation';
import { ApiKeyEvent } from './api-key-event.entity';
import { ApiKey } from './api-key.entity';
import { type Actor, ANONYMOUS } from './caller';
import { hashOf, KeyVerifier, makeSecret, prefixOf } from './key-verifier';

export type NewApiKey = Pick<ApiKey, 'name' | 'actorKind' | 'role' | 'projectId' | 'expiresAt'>;

/** A key with its new secret, which is not stored. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

/** The name recorded for callers without authentication. No key may have it. */
const RESERVED_NAME = 'system';

/** The advisory lock for the names of keys: the letters "keys". */
const NAMES_LOCK = 0x6b657973;

/**
 * Creates, lists, rotates and revokes API keys, and records each change as an event. `within` is the only project whose
 * keys the caller may use; null: all projects.
 */
@Injectable()
export class ApiKeyService {
  private readonly logger = new Logger('auth');

  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly verifier: KeyVerifier,
  ) {}

  /**
   * Returns the command that creates a key. Names are compared case-insensitively, and a revoked key keeps its name. The
   * command throws `already_exists`.
   *
   * @throws DomainError `validation_failed`
   */
  createKey(values: NewApiKey, actor: Actor): Command<IssuedApiKey> {
    const { name, expiresAt } = values;
    if (name.toLowerCase() === RESERVED_NAME) throw invalid('/name', `must not be ${RESERVED_NAME}, which is reserved`);
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw invalid('/expires_at', 'must be in the future');
    return {
      decide: async (manager) => {
        await lockNames(manager);
        await refuseTakenName(manager, name);
        return insertKey(manager, values, makeSecret(), actor);
      },
      ended: (issued) => issued && this.log(issued.key, 'created', actor),
    };
  }

  /**
   * Creates the first key of a database that has none: an admin's, named `admin`. Of several processes that start at the
   * same time, one creates it.
   *
   * @param deliver receives the secret before the key is committed; if it rejects, no key is created. Not called if a key exists
   */
  createFirstKey(deliver: (secret: string) => Promise<void> | void): Promise<void> {
    const admin = { name: 'admin', actorKind: 'human', role: 'admin', projectId: null, expiresAt: null } as const;
    return inTransaction(this.keys.manager.connection, async (manager) => {
      await lockNames(manager);
      if (await manager.exists(ApiKey)) return;
      const { secret } = await insertKey(manager, admin, makeSecret(), ANONYMOUS);
      await deliver(secret);
    });
  }

  /** Returns a page of keys, including revoked ones, ordered by name. */
  async listKeys({ limit, cursor }: PageRequest, within: string | null): Promise<Page<ApiKey>> {
    const [after] = cursor === undefined ? [] : decodeCursor(cursor, 'name', [isText]);
    const keys = await this.keys.find({
      where: { ...(after === undefined ? {} : { name: MoreThan(String(after)) }), ...inProject(within) },
      order: { name: 'ASC' },
      take: limit + 1,
    });
    return pageOf(keys, limit, 'name', ({ name }) => [name]);
  }

  /**
   * Returns a key and a page of its events, newest first.
   *
   * @throws DomainError `api_key_not_found`
   */
  async listEvents(
    id: string,
    { limit, cursor }: PageRequest,
    within: string | null,
  ): Promise<{ key: ApiKey; page: Page<ApiKeyEvent> }> {
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, 'newest', [isCount]);
    const key = await this.keys.findOneBy({ id, ...inProject(within) });
    if (key === null) throw keyNotFound(id);
    const events = await this.keys.manager.find(ApiKeyEvent, {
      where: { apiKeyId: id, ...(before === undefined ? {} : { id: LessThan(Number(before)) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return { key, page: pageOf(events, limit, 'newest', (event) => [event.id]) };
  }

  /**
   * Returns the command that gives a key a new secret. The secret that it replaces stays valid for the overlap; one that
   * was replaced earlier ends at once. The command throws `api_key_not_found`, `api_key_inactive`.
   *
   * @param overlap in seconds
   */
  rotateKey(id: string, overlap: number, actor: Actor, within: string | null): Command<IssuedApiKey> {
    return {
      decide: async (manager) => {
        requireActive(await lockKey(manager, id, within));
        const secret = makeSecret();
        await manager.query(REPLACE_SECRET, [id, overlap, prefixOf(secret), hashBytes(secret)]);
        const key = await manager.findOneByOrFail(ApiKey, { id });
        await insertEvent(manager, { apiKeyId: id, type: 'rotated', previousExpiresAt: key.previousExpiresAt }, actor);
        return { key, secret };
      },
      ended: (issued) => {
        this.verifier.forget();
        if (issued !== undefined) this.log(issued.key, 'rotated', actor);
      },
    };
  }

  /**
   * Returns the command that revokes a key: in this process at once, in others when their cached copy expires. Revoking it
   * again changes nothing. The command throws `api_key_not_found`.
   */
  revokeKey(id: string, actor: Actor, within: string | null): Command<ApiKey> {
    return {
      decide: async (manager) => {
        const key = await lockKey(manager, id, within);
        if (key.revokedAt !== null) return key;
        await manager.update(ApiKey, { id }, { revokedAt: () => 'clock_timestamp()' });
        await insertEvent(manager, { apiKeyId: id, type: 'revoked' }, actor);
        return key;
      },
      ended: (key) => {
        this.verifier.forget();
        if (key?.revokedAt === null) this.log(key, 'revoked', actor);
      },
    };
  }

  private log({ id, name, role }: ApiKey, type: ApiKeyEvent['type'], actor: Actor): void {
    const by = `${actor.actorKind} ${JSON.stringify(actor.name)}`;
    this.logger.log(`API key ${JSON.stringify(name)} (${id}, role ${role}) was ${type} by ${by}.`);
  }
}

/** $1 id, $2 overlap in seconds, $3 prefix, $4 hash. Without an overlap, nothing of the replaced secret is kept. */
const REPLACE_SECRET = `
  UPDATE api_keys SET
    previous_prefix = CASE WHEN $2 > 0 THEN prefix END,
    previous_hash = CASE WHEN $2 > 0 THEN hash END,
    previous_expires_at = CASE WHEN $2 > 0 THEN clock_timestamp() + make_interval(secs => $2::float8) END,
    prefix = $3, hash = $4
  WHERE id = $1`;

function invalid(pointer: string, detail: string): DomainError {
  return validationFailed([{ in: 'body', pointer, detail }]);
}

function keyNotFound(id: string): DomainError {
  return new DomainError('api_key_not_found', `API key ${id} does not exist.`);
}

function inProject(within: string | null): { projectId?: string } {
  return within === null ? {} : { projectId: within };
}

/** One at a time: neither a name in other letters nor the first of all keys can be held unique by an index. */
async function lockNames(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [NAMES_LOCK]);
}

/** @throws DomainError `api_key_not_found` */
async function lockKey(manager: EntityManager, id: string, within: string | null): Promise<ApiKey> {
  const where = { id, ...inProject(within) };
  const key = await manager.findOne(ApiKey, { where, lock: { mode: 'for_no_key_update' } });
  if (key === null) throw keyNotFound(id);
  return key;
}

/** @throws DomainError `api_key_inactive` */
function requireActive({ name, revokedAt, expiresAt }: ApiKey): void {
  const isExpired = expiresAt !== null && expiresAt.getTime() <= Date.now();
  if (revokedAt === null && !isExpired) return;
  const state = revokedAt === null ? 'has expired' : 'is revoked';
  const detail = `The API key ${JSON.stringify(name)} ${state} and cannot be rotated. Create a key with another name.`;
  throw new DomainError('api_key_inactive', detail);
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

async function insertKey(
  manager: EntityManager,
  values: NewApiKey,
  secret: string,
  actor: Actor,
): Promise<IssuedApiKey> {
  const id = uuidv7();
  await manager.insert(ApiKey, { ...values, id, prefix: prefixOf(secret), hash: hashBytes(secret) });
  await insertEvent(manager, { apiKeyId: id, type: 'created' }, actor);
  return { key: await manager.findOneByOrFail(ApiKey, { id }), secret };
}

async function insertEvent(
  manager: EntityManager,
  event: Pick<ApiKeyEvent, 'apiKeyId' | 'type'> & Partial<ApiKeyEvent>,
  { name, actorKind }: Actor,
): Promise<void> {
  await manager.insert(ApiKeyEvent, { ...event, actor: name, actorKind });
}

function hashBytes(secret: string): Buffer {
  return Buffer.from(hashOf(secret), 'hex');
}
