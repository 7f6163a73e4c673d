import type { Writable } from 'node:stream';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { isReported } from '../../database/database-errors';
import type { Reader } from '../../database/reader';
import type { KeyClaim } from '../../idempotency/key-claim';
import {
  lockKeys,
  obstaclesOf,
  readKeys,
  storeAnswers,
  type AnsweredKey,
  type KeyedAnswer,
  type LockedKey,
} from '../../idempotency/key-statements';
import type { Ticket } from '../../tickets/ticket.entity';
import type { LockedTickets, MovePlan } from './move-plan';
import { writeTransitions } from '../phase.statements';
import { findMoves, findTickets, type LockMode, type LockStatements, type Wanted } from './move-statements';

const NO_OBSTACLES: ReadonlyMap<string, Error> = new Map();

/** The transaction was rolled back: nothing of it has happened. */
export class RolledBack extends Error {}

/** COMMIT was sent and its answer was lost: it may have happened. */
export class CommitLost extends Error {}

/**
 * READ COMMITTED, whatever the database's default is: who waited for a lock has to see what the other left. The statements
 * of moves look rows up by their keys, few or many, so one plan for each is planned once and must not be one that reads
 * a whole table, which is what the planner prefers while a table is small.
 */
const BEGIN =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan; ' +
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

/**
 * One transaction of moves on a connection of its own, in two round trips: BEGIN with the locks, then the writes with
 * COMMIT.
 */
export class MoveSession {
  /** When it had its connection, by `performance.now()`. */
  readonly began = performance.now();

  /** Reads what an answer needs besides, within the transaction. */
  readonly reader: Reader = {
    query: async <Rows>(text: string, values?: unknown[]) => (await this.client.query(text, values)).rows as Rows,
  };

  private constructor(
    private readonly client: PoolClient,
    private readonly statements: LockStatements,
  ) {}

  /** Takes a connection; the transaction begins with `lock`. */
  static async open(pool: Pool, statements: LockStatements): Promise<MoveSession> {
    return new MoveSession(await pool.connect(), statements);
  }

  /** Begins the transaction and locks what it can: tickets, then keys. */
  async lock(wanted: Wanted, mode: LockMode, claims: readonly KeyClaim[] = []): Promise<LockedTickets> {
    const [, { rows }, obstacles] = await this.together(() =>
      Promise.all([
        this.client.query(BEGIN),
        this.client.query<Ticket & { lockedAt: Date }>(this.statements.lock(wanted, mode)),
        claims.length === 0 ? NO_OBSTACLES : this.claim(claims),
      ]),
    );
    const at = rows[0]?.lockedAt ?? new Date(0);
    return { tickets: new Map(rows.map((ticket) => [ticket.id, ticket])), at, obstacles };
  }

  private async claim(claims: readonly KeyClaim[]): Promise<ReadonlyMap<string, Error>> {
    const [locked, answered] = await Promise.all([
      this.client.query<LockedKey>(lockKeys(claims)),
      this.client.query<AnsweredKey>(readKeys(claims)),
    ]);
    return obstaclesOf(claims, locked.rows, answered.rows);
  }

  /** Of what was not locked, what is there all the same: somebody else holds it. */
  async heldByOthers(wanted: Wanted): Promise<Set<string>> {
    const { rows } = await this.client.query<{ id: string }>(findTickets(wanted));
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Writes a plan, and the answers to requests with keys, and commits.
   *
   * @throws RolledBack when the database refused something; its cause is what
   * @throws CommitLost when the connection broke before COMMIT was answered
   */
  async commit(plan: MovePlan, answers: readonly KeyedAnswer[] = []): Promise<void> {
    const statements: QueryConfig[] = [
      ...(plan.moves.length === 0 ? [] : [writeTransitions(plan.moves, plan.tickets)]),
      ...(answers.length === 0 ? [] : [storeAnswers(answers)]),
      { text: 'COMMIT' },
    ];
    const outcomes = await this.together(() => Promise.allSettled(statements.map((query) => this.client.query(query))));
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    const refusal = failures.find(isReported);
    if (refusal !== undefined) throw new RolledBack('The database refused the batch', { cause: refusal });
    if (failures.length > 0) throw new CommitLost('The answer to COMMIT was lost', { cause: failures[0] });
    const commit = outcomes.at(-1) as PromiseFulfilledResult<QueryResult>;
    if (commit.value.command !== 'COMMIT') throw new RolledBack(`COMMIT was answered with ${commit.value.command}`);
  }

  /** Which moves of a plan whose COMMIT was lost are there. Waits for the lost transaction's locks, so that it has ended. */
  async findCommitted(plan: MovePlan): Promise<Set<string>> {
    await this.lock({ ids: plan.tickets.map(({ id }) => id), projects: null }, 'wait');
    const { rows } = await this.client.query<{ id: string }>(findMoves(plan.moves));
    return new Set(rows.map(({ id }) => id));
  }

  /** Gives the connection back, rolled back where a transaction is open. */
  async close(): Promise<void> {
    try {
      await this.client.query('ROLLBACK');
      this.client.release();
    } catch {
      this.client.release(true);
    }
  }

  /** Gives the connection back after a commit. */
  release(): void {
    this.client.release();
  }

  /** Ends a connection that can no longer be trusted. */
  destroy(): void {
    this.client.release(true);
  }

  /** Sends statements in one packet: the driver alone would hand each to the socket on its own. */
  private together<T>(send: () => T): T {
    const { stream } = (this.client as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    try {
      return send();
    } finally {
      stream.uncork();
    }
  }
}
