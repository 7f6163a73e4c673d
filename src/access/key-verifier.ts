import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Repository } from 'typeorm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Authentication } from '../http/server/route-config';
import { DomainError } from '../problems/domain-error';
import { ApiKey } from './api-key.entity';
import { type Caller, hasRole, type Role } from './caller';

/** The stored part of a secret, by which its key is looked up: `pl_` and 48 of its 256 bits. */
const PREFIX_LENGTH = 11;

const SECRET = /^pl_[A-Za-z0-9_-]{43}$/;

/** The time that a verified key is cached, in milliseconds. A revocation reaches other processes after at most this time. */
const CACHE_TIME = 5_000;

/** The maximum number of cached keys. */
const CACHE_LIMIT = 10_000;

/** The minimum interval between updates of the last use of a key, in milliseconds. */
const USE_INTERVAL = 60_000;

interface CacheEntry {
  readonly caller: Caller;
  readonly until: number;
}

/** A valid secret: its key, and how long it stays valid, in milliseconds. */
interface ValidSecret {
  readonly key: ApiKey;
  readonly remaining: number;
}

/**
 * Callers by the hash of their secret. The time of a lookup by hash discloses nothing about the secret. Only valid keys are
 * cached, so invalid ones cannot evict them.
 */
export class CallerCache {
  private readonly entries = new Map<string, CacheEntry>();

  /**
   * @param limit the maximum number of entries; the oldest is evicted first
   * @param now returns milliseconds of a monotonic clock: setting the system's clock back must not keep revoked keys alive
   */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  find(secretHash: string): Caller | undefined {
    const entry = this.entries.get(secretHash);
    if (entry === undefined) return undefined;
    if (entry.until > this.now()) return entry.caller;
    this.entries.delete(secretHash);
    return undefined;
  }

  /** @param until the expiry, in milliseconds of the same clock */
  set(secretHash: string, caller: Caller, until: number): void {
    this.entries.delete(secretHash);
    const [first] = this.entries.keys();
    if (first !== undefined && this.entries.size >= this.limit) this.entries.delete(first);
    this.entries.set(secretHash, { caller, until });
  }
}

/** The cache of one process. */
class KeyCache {
  readonly callers = new CallerCache(CACHE_LIMIT);
  /** Running look-ups, so that concurrent requests with one key query the database once. */
  readonly lookUps = new Map<string, Promise<Caller | undefined>>();
}

/** Verifies API keys. With the cache, this usually costs one hash and one map lookup. */
@Injectable()
export class KeyVerifier implements OnModuleDestroy {
  private readonly logger = new Logger('auth');
  private readonly writes = new Set<Promise<unknown>>();
  private cache = new KeyCache();

  constructor(@InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>) {}

  /** Waits for pending updates before the database is closed. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.writes);
  }

  /**
   * Returns the caller that a secret belongs to; undefined if it is unknown, expired or revoked. Returns a promise only
   * when a database query is needed.
   */
  authenticate(secret: string): Caller | undefined | Promise<Caller | undefined> {
    if (!isSecret(secret)) return undefined;
    const hash = hashOf(secret);
    const { callers, lookUps } = this.cache;
    return callers.find(hash) ?? lookUps.get(hash) ?? this.lookUp(prefixOf(secret), hash);
  }

  /** Clears the cache. Running look-ups are not cached either, because they may have missed a revocation. */
  forget(): void {
    this.cache = new KeyCache();
  }

  private lookUp(prefix: string, hash: string): Promise<Caller | undefined> {
    const { callers, lookUps } = this.cache;
    const startedAt = performance.now();
    const found = this.findValid(prefix, Buffer.from(hash, 'hex'))
      .then((secret) => {
        if (secret === undefined) return undefined;
        const { key, remaining } = secret;
        const caller = callerWith(key);
        callers.set(hash, caller, startedAt + Math.min(CACHE_TIME, remaining));
        this.noteUse(key);
        return caller;
      })
      .finally(() => lookUps.delete(hash));
    lookUps.set(hash, found);
    return found;
  }

  /** Compares all secrets with the prefix, each in constant time. */
  private async findValid(prefix: string, hash: Buffer): Promise<ValidSecret | undefined> {
    const now = Date.now();
    const candidates = await this.keys.findBy([{ prefix }, { previousPrefix: prefix }]);
    for (const key of candidates.filter(({ revokedAt }) => revokedAt === null)) {
      const secret = secretsOf(key).find((stored) => timingSafeEqual(stored.hash, hash));
      if (secret !== undefined && secret.expiresAt > now) return { key, remaining: secret.expiresAt - now };
    }
    return undefined;
  }

  /** Records the use of a key in the background and rarely, so that reads do not cost a write. */
  private noteUse({ id, lastUsedAt }: ApiKey): void {
    if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < USE_INTERVAL) return;
    const write = this.keys
      .update({ id }, { lastUsedAt: () => 'clock_timestamp()' })
      .catch((error: Error) => this.logger.warn(`The last use of a key was not recorded: ${error.message}`))
      .finally(() => this.writes.delete(write));
    this.writes.add(write);
  }
}

function callerWith({ id, name, actorKind, role, projectId }: ApiKey): Caller {
  return { name, actorKind, role, projectId, keyId: id };
}

/** Returns the secret of a key, and the one that it replaced, with their expiry in milliseconds since 1970. */
function secretsOf({
  hash,
  expiresAt,
  previousHash,
  previousExpiresAt,
}: ApiKey): { hash: Buffer; expiresAt: number }[] {
  const expiry = expiresAt?.getTime() ?? Infinity;
  const previousExpiry = Math.min(expiry, previousExpiresAt?.getTime() ?? 0);
  return [
    { hash, expiresAt: expiry },
    ...(previousHash === null ? [] : [{ hash: previousHash, expiresAt: previousExpiry }]),
  ];
}

/** Returns a new secret: `pl_` and 256 random bits. */
export function makeSecret(): string {
  return `pl_${randomBytes(32).toString('base64url')}`;
}

/** Returns whether a text has the form of a secret. */
export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Returns the part of a secret that is stored. */
export function prefixOf(secret: string): string {
  return secret.slice(0, PREFIX_LENGTH);
}

/** Returns the SHA-256 of a secret, in hexadecimal. A slow hash is not needed: 256 random bits cannot be guessed. */
export function hashOf(secret: string): string {
  return digest('sha256', secret);
}

const BEARER = /^bearer +(\S+)$/i;

/**
 * Authenticates requests by the API key in `Authorization: Bearer` (RFC 6750). A hook, because a Nest guard is several
 * times as expensive and runs only after the body has been read.
 */
@Injectable()
export class KeyAuthentication extends Authentication {
  constructor(private readonly verifier: KeyVerifier) {
    super();
  }

  guard(fastify: FastifyInstance): void {
    fastify.decorateRequest('caller', undefined);
    fastify.addHook('onRequest', (request, _reply, done) => {
      const { role } = request.routeOptions.config;
      if (role === 'public') return done();
      const secret = BEARER.exec(request.headers.authorization ?? '')?.[1];
      if (secret === undefined)
        return done(unauthenticated('Authentication required. Send an API key: Authorization: Bearer pl_…'));
      const admitted = (caller: Caller | undefined): void => done(admit(request, caller, role as Role));
      const caller = this.verifier.authenticate(secret);
      if (caller instanceof Promise) void caller.then(admitted, done);
      else admitted(caller);
    });
  }
}

/** Admits a caller, or returns the error. The error does not disclose why a key is invalid. */
function admit(request: FastifyRequest, caller: Caller | undefined, role: Role): DomainError | undefined {
  if (caller === undefined) return unauthenticated('The API key is invalid, expired or revoked.');
  request.caller = caller;
  if (hasRole(caller, role)) return undefined;
  const detail = `Insufficient permissions. The role ${role} is required; the key ${JSON.stringify(caller.name)} has the role ${caller.role}.`;
  return new DomainError('forbidden', detail);
}

function unauthenticated(detail: string): DomainError {
  return new DomainError('unauthenticated', detail);
}
