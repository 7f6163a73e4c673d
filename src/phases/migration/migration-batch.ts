import type { DataSource, EntityManager } from 'typeorm';
import { SQLSTATE, sqlStateOf } from '../../database/database-errors';
import { afterCommit, inTransaction } from '../../database/transaction';
import { stateAfterMigration, type MigrationPlan, type PhaseState } from '../../machine/migration';
import type { Ticket } from '../../tickets/ticket.entity';
import type { LockMode, LockStatements } from '../phase.statements';
import { migrateTicket, writeMigrated, type MigratedTicket } from './migrated-ticket';
import { advance, type BatchResult } from './migration-progress';
import { lockRun, saveProgress, type LockedRun, type MigrationRow } from './migration-run.statements';
import { nextRange, scanTickets, type ScannedTicket } from './ticket-scan.statements';

/** Bounds of a batch. */
export const MIGRATION_LIMITS = {
  /** Tickets that are locked together: few enough that a transition waits for them some ten milliseconds. */
  tickets: 100,
  /** Tickets that are scanned without a lock. */
  scanned: 1_000,
} as const;

/** Dependencies of a batch. */
export interface MigrationTools {
  readonly dataSource: DataSource;
  readonly statements: LockStatements;
  /** Is called after each COMMIT that wrote events. */
  readonly signal: () => void;
}

/** A run that a batch works on. */
export interface MigrationRun extends Omit<MigrationRow, 'phases'> {
  readonly plan: MigrationPlan;
}

/** The state of a run after a batch. `unavailable`: it is finished, or another replica works on it. */
export type RunState = 'unavailable' | 'running' | 'finished';

/** Migrates the next tickets of a run and stores its progress, in one transaction. After a crash any replica continues. */
export function migrateBatch({ dataSource, statements, signal }: MigrationTools, run: MigrationRun): Promise<RunState> {
  return inTransaction(dataSource, async (manager) => {
    const locked = await lockRun(manager, run.id);
    if (locked === undefined) return 'unavailable';
    const result = await new MigrationBatch(manager, statements, run).execute(locked);
    if (result.moved + result.kept > 0) afterCommit(manager, signal);
    const progress = advance(locked, result);
    await saveProgress(manager, run.id, progress);
    return progress.isFinished ? 'finished' : 'running';
  });
}

type MigratedCounts = Pick<BatchResult, 'moved' | 'kept'>;

class MigrationBatch {
  constructor(
    private readonly manager: EntityManager,
    private readonly statements: LockStatements,
    private readonly run: MigrationRun,
  ) {}

  /**
   * Migrates the next tickets. The first pass skips tickets that are locked by other transactions. Later passes wait for
   * them one at a time, in a batch that has locked no other ticket, so that no transition waits behind the batch.
   */
  async execute({ pass, lookedUntil }: LockedRun): Promise<BatchResult> {
    const { tickets, until, isEnd } = await this.scanAfter(lookedUntil);
    const ready = tickets.filter((ticket) => this.targetOf(ticket) !== null).map(({ id }) => id);
    const { counts, locked } = await this.migrateTickets(ready, 'skip');
    const held = ready.filter((id) => !locked.has(id));
    const [first] = held;
    if (pass === 1 || first === undefined) {
      return { ...counts, until, isEnd, held: held.length, skipped: tickets.length - ready.length };
    }
    if (counts.moved + counts.kept > 0) return { ...counts, held: 0, skipped: 0, until: lookedUntil, isEnd: false };
    const skipped = tickets.filter((ticket) => ticket.id < first && this.targetOf(ticket) === null).length;
    return { ...(await this.waitFor(first)), skipped, until: first, isEnd: false };
  }

  private async scanAfter(
    ticket: string | null,
  ): Promise<{ tickets: ScannedTicket[]; until: string | null; isEnd: boolean }> {
    const range = await nextRange(this.manager, ticket, MIGRATION_LIMITS.scanned);
    const tickets = await scanTickets(this.manager, range, this.run.fromGraphId, MIGRATION_LIMITS.tickets);
    const last = tickets.at(MIGRATION_LIMITS.tickets - 1);
    if (last !== undefined) return { tickets, until: last.id, isEnd: false };
    return { tickets, until: range.until, isEnd: range.until === null };
  }

  /** The state that a ticket would have in the new version; null if it cannot be migrated. */
  private targetOf({ archived, ...ticket }: Omit<ScannedTicket, 'id'>): PhaseState | null {
    return archived ? null : stateAfterMigration(this.run.plan, ticket);
  }

  /** Locks tickets, and migrates those that can still be migrated. */
  private async migrateTickets(
    ids: readonly string[],
    mode: LockMode,
  ): Promise<{ counts: MigratedCounts; locked: Set<string> }> {
    if (ids.length === 0) return { counts: { moved: 0, kept: 0 }, locked: new Set() };
    const { text, values } = this.statements.lock({ ids, projects: null }, mode);
    const locked = await this.manager.query<(Ticket & { lockedAt: Date })[]>(text, values);
    const migrated = locked.flatMap(({ lockedAt, ...ticket }) => this.migrate(ticket, lockedAt));
    if (migrated.length > 0) await writeMigrated(this.manager, this.run, migrated);
    const moved = migrated.filter(({ rowId }) => rowId !== null).length;
    return { counts: { moved, kept: migrated.length - moved }, locked: new Set(locked.map(({ id }) => id)) };
  }

  private migrate(ticket: Ticket, now: Date): MigratedTicket[] {
    const { graphId, phaseId: phase, resumePhaseId: resumePhase, archivedAt } = ticket;
    const { fromGraphId, toGraphId } = this.run;
    const target = this.targetOf({ phase, resumePhase, archived: archivedAt !== null });
    return graphId === fromGraphId && target !== null ? [migrateTicket(ticket, toGraphId, target, now)] : [];
  }

  /** Waits for a locked ticket up to the lock timeout; after that, the next pass tries it again. */
  private async waitFor(id: string): Promise<MigratedCounts & Pick<BatchResult, 'held'>> {
    await this.manager.query('SAVEPOINT before_wait');
    try {
      return { ...(await this.migrateTickets([id], 'wait')).counts, held: 0 };
    } catch (error) {
      if (sqlStateOf(error) !== SQLSTATE.lockNotAvailable) throw error;
      await this.manager.query('ROLLBACK TO SAVEPOINT before_wait');
      return { moved: 0, kept: 0, held: 1 };
    }
  }
}
