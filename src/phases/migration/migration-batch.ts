import type { DataSource, EntityManager } from 'typeorm';
import { SQLSTATE, sqlStateOf } from '../../database/database-errors';
import { inTransaction } from '../../database/transaction';
import { standingAfter, type Standing } from '../../machine/migration';
import type { Ticket } from '../../tickets/ticket.entity';
import type { LockMode, LockStatements } from '../commit/transition.statements';
import { goOver, type MigratedTicket } from './migrated-ticket';
import { advance, type Step } from './migration-progress';
import type { MigrationRun } from './migration-run';
import { saveProgress, takeRun, writeMigrated, type TakenRun } from './migration-statements';
import { stretchAfter, ticketsIn, type SeenTicket } from './ticket-walk';

/** Bounds of a batch. */
export const MIGRATION_LIMITS = {
  /** Tickets that are locked together at most: so few that a move that meets them waits some ten milliseconds. */
  tickets: 100,
  /** Tickets that are looked at, without a lock, at most. */
  looked: 1_000,
} as const;

/** What a batch works with. */
export interface MigrationTools {
  readonly dataSource: DataSource;
  readonly statements: LockStatements;
}

/** What came of a batch. `elsewhere`: the run is finished, or another replica is at it. */
export type BatchOutcome = 'elsewhere' | 'under way' | 'finished';

/**
 * Takes the next tickets of a run over, and writes down how far it has come: both or neither. Where it ends, by a crash or
 * anything else, any replica goes on.
 */
export function migrateBatch({ dataSource, statements }: MigrationTools, run: MigrationRun): Promise<BatchOutcome> {
  return inTransaction(dataSource, async (manager) => {
    const taken = await takeRun(manager, run.id);
    if (taken === undefined) return 'elsewhere';
    const progress = advance(taken, await new MigrationBatch(manager, statements, run).goOn(taken));
    await saveProgress(manager, run.id, progress);
    return progress.isFinished ? 'finished' : 'under way';
  });
}

/** How many tickets went over. */
type Gone = Pick<Step, 'moved' | 'kept'>;

class MigrationBatch {
  constructor(
    private readonly manager: EntityManager,
    private readonly statements: LockStatements,
    private readonly run: MigrationRun,
  ) {}

  /**
   * In the first pass tickets that somebody else holds are left for later. Then they are waited for, each alone and after
   * the others of its batch: who holds no other ticket keeps nobody waiting.
   */
  async goOn({ pass, lookedUntil }: TakenRun): Promise<Step> {
    const { tickets, ...part } = await this.lookAfter(lookedUntil);
    const ready = tickets.filter((ticket) => this.standingOf(ticket) !== null).map(({ id }) => id);
    const { gone, locked } = await this.takeAlong(ready, 'skip');
    const held = ready.filter((id) => !locked.has(id));
    const [first] = held;
    if (pass === 1 || first === undefined) {
      return { ...gone, ...part, held: held.length, skipped: tickets.length - ready.length };
    }
    if (gone.moved + gone.kept > 0) return { ...gone, held: 0, skipped: 0, until: lookedUntil, isEnd: false };
    const skipped = tickets.filter((ticket) => ticket.id < first && this.standingOf(ticket) === null).length;
    return { ...(await this.waitFor(first)), skipped, until: first, isEnd: false };
  }

  private async lookAfter(
    ticket: string | null,
  ): Promise<{ tickets: SeenTicket[]; until: string | null; isEnd: boolean }> {
    const { looked, tickets: most } = MIGRATION_LIMITS;
    const stretch = await stretchAfter(this.manager, ticket, looked);
    const tickets = await ticketsIn(this.manager, stretch, this.run.fromGraphId, most);
    if (tickets.length === most) return { tickets, until: tickets.at(-1)!.id, isEnd: false };
    return { tickets, until: stretch.until, isEnd: stretch.until === null };
  }

  /** Where a ticket would stand; null: it cannot go over. */
  private standingOf({ archived, ...ticket }: Omit<SeenTicket, 'id'>): Standing | null {
    return archived ? null : standingAfter(this.run.plan, ticket);
  }

  /** Takes those along that are locked and still as they were seen. */
  private async takeAlong(ids: readonly string[], mode: LockMode): Promise<{ gone: Gone; locked: Set<string> }> {
    if (ids.length === 0) return { gone: { moved: 0, kept: 0 }, locked: new Set() };
    const { text, values } = this.statements.lock({ ids, projects: null }, mode);
    const locked = await this.manager.query<(Ticket & { lockedAt: Date })[]>(text, values);
    const migrated = locked.flatMap(({ lockedAt, ...ticket }) => this.migrate(ticket, lockedAt));
    if (migrated.length > 0) await writeMigrated(this.manager, this.run, migrated);
    const moved = migrated.filter(({ rowId }) => rowId !== null).length;
    return { gone: { moved, kept: migrated.length - moved }, locked: new Set(locked.map(({ id }) => id)) };
  }

  private migrate(ticket: Ticket, now: Date): MigratedTicket[] {
    const { graphId, phaseId: phase, resumePhaseId: resumePhase, archivedAt } = ticket;
    const { fromGraphId, toGraphId } = this.run;
    const standing = this.standingOf({ phase, resumePhase, archived: archivedAt !== null });
    return graphId === fromGraphId && standing !== null ? [goOver(ticket, toGraphId, standing, now)] : [];
  }

  /** Waits as long as anybody waits for a lock, and then leaves the ticket for the next pass. */
  private async waitFor(id: string): Promise<Gone & Pick<Step, 'held'>> {
    await this.manager.query('SAVEPOINT before_wait');
    try {
      return { ...(await this.takeAlong([id], 'wait')).gone, held: 0 };
    } catch (error) {
      if (sqlStateOf(error) !== SQLSTATE.lockNotAvailable) throw error;
      await this.manager.query('ROLLBACK TO SAVEPOINT before_wait');
      return { moved: 0, kept: 0, held: 1 };
    }
  }
}
