import type { Writable } from 'node:stream';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { watchWarnings } from '../../database/commit-warning';
import { isReported } from '../../database/database-errors';
import type { Reader } from '../../database/reader';
import type { Ticket } from '../../tickets/ticket.entity';
import type { LockedTickets, TransitionPlan } from './participant';
import {
  findTickets,
  findTransitions,
  writeTransitions,
  type LockMode,
  type LockStatements,
  type RequestedTickets,
} from '../phase.statements';

const NONE_CONTENDED: ReadonlyMap<string, string> = new Map();

/** The database rolled the transaction back. */
export class RolledBack extends Error {}

/**
 * The transaction may be committed, or lost with the next fail-over: the connection broke before COMMIT was answered, or the
 * database did not wait for its synchronous standby. The message says which.
 */
export class CommitLost extends Error {}

/** A plan that writes nothing. Its COMMIT waits for a synchronous standby where the transaction has locked rows. */
const NO_WRITES: TransitionPlan = { decided: [], moves: [], tickets: [] };

/**
 * READ COMMITTED, whatever the default of the database is: after waiting for a lock, a statement must see what the other
 * transaction committed. The statements look rows up by their keys, few or many. Each is planned once, and while a table
 * is small the planner would choose a plan that reads all of it.
 */
const BEGIN =
  'BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan; ' +
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

/** A transaction of transitions on a connection of its own, in two round trips: BEGIN and locks, then writes and COMMIT. */
export class CommitSession {
  /** When the connection was acquired, by `performance.now()`. */
  readonly began = performance.now();

  /** Reads in the transaction. */
  readonly reader: Reader = {
    query: async <Rows>(text: string, values?: unknown[]) => (await this.client.query(text, values)).rows as Rows,
  };

  private constructor(
    private readonly client: PoolClient,
    private readonly statements: LockStatements,
  ) {}

  /** Acquires a connection. The transaction begins with `lock`. */
  static async open(pool: Pool, statements: LockStatements): Promise<CommitSession> {
    return new CommitSession(await pool.connect(), statements);
  }

  /**
   * Begins the transaction, locks tickets and runs the reads of participants.
   *
   * @param reads the statements of each participant
   * @returns the locked tickets, and the results of each participant
   */
  async lock(
    requested: RequestedTickets,
    mode: LockMode,
    reads: readonly (readonly QueryConfig[])[] = [],
  ): Promise<{ locked: LockedTickets; results: QueryResult[][] }> {
    const [, { rows }, ...results] = await this.send(() =>
      Promise.all([
        this.client.query(BEGIN),
        this.client.query<Ticket & { lockedAt: Date }>(this.statements.lock(requested, mode)),
        ...reads.map((statements) => this.queryAll(statements)),
      ]),
    );
    const at = rows[0]?.lockedAt ?? new Date(0);
    const tickets = new Map(rows.map((ticket) => [ticket.id, ticket]));
    return { locked: { tickets, at, contended: NONE_CONTENDED }, results };
  }

  /** Runs further reads of participants in one round trip. */
  read(reads: readonly (readonly QueryConfig[])[]): Promise<QueryResult[][]> {
    return this.send(() => Promise.all(reads.map((statements) => this.queryAll(statements))));
  }

  /** Finds tickets that exist, locked or not, with the project of each. */
  async findTickets(requested: RequestedTickets): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.client.query<{ id: string; projectId: string }>(findTickets(requested));
    return new Map(rows.map(({ id, projectId }) => [id, projectId]));
  }

  /**
   * Writes a plan and commits.
   *
   * @param writes the statements of participants
   * @throws RolledBack when the database rejected a statement; the cause is its error
   * @throws CommitLost when the connection broke before COMMIT was answered, or a warning came with the answer
   */
  async commit(plan: TransitionPlan = NO_WRITES, writes: readonly QueryConfig[] = []): Promise<void> {
    const statements: QueryConfig[] = [
      ...(plan.moves.length === 0 ? [] : [writeTransitions(plan.moves, plan.tickets)]),
      ...writes,
      { text: 'COMMIT' },
    ];
    const { result: outcomes, warning } = await watchWarnings(this.client, () =>
      this.send(() => Promise.allSettled(statements.map((query) => this.client.query(query)))),
    );
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    const rejection = failures.find(isReported);
    if (rejection !== undefined) throw new RolledBack('The database rejected the batch', { cause: rejection });
    const [failure] = failures;
    if (failure !== undefined) throw new CommitLost('The connection to the database broke', { cause: failure });
    const commit = outcomes.at(-1) as PromiseFulfilledResult<QueryResult>;
    if (commit.value.command !== 'COMMIT') throw new RolledBack(`COMMIT was answered with ${commit.value.command}`);
    if (warning !== undefined) throw new CommitLost(`The database warned: ${warning}`);
  }

  /**
   * Finds the transitions of a lost transaction that are committed. Waits for its locks, so that it has ended, and commits,
   * so that a synchronous standby has what was found: row locks are written to the log, and such a COMMIT waits.
   */
  async findCommitted(plan: TransitionPlan): Promise<ReadonlySet<string>> {
    await this.lock({ ids: plan.tickets.map(({ id }) => id), projects: null }, 'wait');
    const { rows } = await this.client.query<{ id: string }>(findTransitions(plan.moves));
    await this.commit();
    return new Set(rows.map(({ id }) => id));
  }

  /** Rolls back and returns the connection to the pool. */
  async close(): Promise<void> {
    try {
      await this.client.query('ROLLBACK');
      this.client.release();
    } catch {
      this.client.release(true);
    }
  }

  /** Returns the connection to the pool after a commit. */
  release(): void {
    this.client.release();
  }

  /** Closes a connection that is broken or in an unknown state. */
  destroy(): void {
    this.client.release(true);
  }

  private queryAll(statements: readonly QueryConfig[]): Promise<QueryResult[]> {
    return Promise.all(statements.map((statement) => this.client.query(statement)));
  }

  /** Sends statements in one packet. Without this, the driver writes each to the socket separately. */
  private send<T>(statements: () => T): T {
    const { stream } = (this.client as unknown as { connection: { stream: Writable } }).connection;
    stream.cork();
    try {
      return statements();
    } finally {
      stream.uncork();
    }
  }
}
