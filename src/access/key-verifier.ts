import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { timingSafeEqual } from 'node:crypto';
import type { Repository } from 'typeorm';
import { ApiKey } from './api-key.entity';
import type { Caller } from './caller';
import { KnownCallers } from './known-callers';
import { hashOf, isSecret, prefixOf } from './secret';

/** For how long a key is not looked up again, in milliseconds: a revocation takes that long to reach other processes. */
const MEMORY = 5_000;

/** How many keys are remembered at most. */
const MEMORY_LIMIT = 10_000;

/** How often the last use of a key is written down at most, in milliseconds. */
const USE_INTERVAL = 60_000;

/** What this process knows of keys for the moment. */
class Memory {
  readonly callers = new KnownCallers(MEMORY_LIMIT);
  /** Look-ups under way, so that many requests with one key ask the database once. */
  readonly lookUps = new Map<string, Promise<Caller | undefined>>();
}

/** Finds out whom a secret belongs to. Nearly always that costs a hash and a look into a map. */
@Injectable()
export class KeyVerifier implements OnModuleDestroy {
  private readonly logger = new Logger('auth');
  private readonly writes = new Set<Promise<unknown>>();
  private memory = new Memory();

  constructor(@InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>) {}

  /** What is still being written goes before the database does. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.writes);
  }

  /**
   * Whose secret this is; undefined when it is nobody's, has expired or was revoked. A promise only when the database has
   * to be asked.
   */
  authenticate(secret: string): Caller | undefined | Promise<Caller | undefined> {
    if (!isSecret(secret)) return undefined;
    const hash = hashOf(secret);
    const { callers, lookUps } = this.memory;
    return callers.find(hash) ?? lookUps.get(hash) ?? this.lookUp(prefixOf(secret), hash);
  }

  /** Looks every key up anew. A look-up that began before is not remembered either: it may have missed a revocation. */
  forget(): void {
    this.memory = new Memory();
  }

  private lookUp(prefix: string, hash: string): Promise<Caller | undefined> {
    const { callers, lookUps } = this.memory;
    const startedAt = Date.now();
    const found = this.findUsable(prefix, Buffer.from(hash, 'hex'))
      .then((key) => {
        if (key === undefined) return undefined;
        const caller = callerOf(key);
        callers.remember(hash, caller, Math.min(startedAt + MEMORY, expiryOf(key)));
        this.noteUse(key);
        return caller;
      })
      .finally(() => lookUps.delete(hash));
    lookUps.set(hash, found);
    return found;
  }

  /** Every key that begins like this is compared, and each in constant time. */
  private async findUsable(prefix: string, hash: Buffer): Promise<ApiKey | undefined> {
    const candidates = await this.keys.findBy({ prefix });
    const same = candidates.filter((candidate) => timingSafeEqual(candidate.hash, hash));
    return same.find((key) => key.revokedAt === null && expiryOf(key) > Date.now());
  }

  /** Behind the caller's back, and rarely: a read must not cost a write. */
  private noteUse({ id, lastUsedAt }: ApiKey): void {
    if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < USE_INTERVAL) return;
    const write = this.keys
      .update({ id }, { lastUsedAt: () => 'clock_timestamp()' })
      .catch((error: Error) => this.logger.warn(`The last use of a key was not written down: ${error.message}`))
      .finally(() => this.writes.delete(write));
    this.writes.add(write);
  }
}

function callerOf({ id, name, actorKind, role, projectId }: ApiKey): Caller {
  return { name, actorKind, role, projectId, keyId: id };
}

/** In milliseconds since 1970. */
function expiryOf({ expiresAt }: ApiKey): number {
  return expiresAt?.getTime() ?? Infinity;
}
