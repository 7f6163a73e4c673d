import type { ContinuePlan } from './planner';
import type { Session } from './session';
import { lockTickets, writeMoves, writeTitles, type Target, type WritingPlan } from './write-statements';

/** Tickets are not any more what the plans rest on: somebody else has changed them meanwhile. */
export class OutdatedPlan extends Error {}

/** Writes plans, each batch in one transaction: all of it is there, or nothing. */
export class TicketWriter {
  constructor(
    private readonly session: Session,
    private readonly target: Target,
  ) {}

  /**
   * Everything of a ticket is in one batch, so whatever ends the import leaves whole tickets only.
   *
   * @throws OutdatedPlan, and whatever the database has against it
   */
  async write(plans: readonly WritingPlan[]): Promise<void> {
    const continued = plans.filter((plan) => plan.kind === 'continue');
    if (continued.length === 0) {
      if (plans.length > 0) await this.session.query(writeMoves(plans, this.target));
      return;
    }
    await this.session.inTransaction(async () => {
      await this.lock(continued);
      await this.session.query(writeMoves(plans, this.target));
      const titled = continued.filter(({ title }) => title !== null);
      if (titled.length > 0) await this.session.query(writeTitles(titled));
    });
  }

  /** Every change makes a version. So what still has the version that was read is as it was read. */
  private async lock(plans: readonly ContinuePlan[]): Promise<void> {
    const { rows } = await this.session.query<{ id: string; version: number }>(lockTickets(plans));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (plans.some(({ stored }) => versions.get(stored.id) !== stored.version)) throw new OutdatedPlan();
  }
}
