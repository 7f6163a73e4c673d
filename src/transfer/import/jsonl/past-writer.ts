import type { Session } from '../session';
import { OutdatedPlan } from '../ticket-writer';
import type { Past } from './past';
import type { PastContinuation } from './past-continuation';
import type { Stage } from './past-stages';
import { continuePasts, createPasts, lockPasts } from './past-statements';

/** What is to be written of a ticket: all of it, or what is new. */
export type PastWork =
  | { readonly kind: 'create'; readonly past: Past }
  | { readonly kind: 'continue'; readonly continuation: PastContinuation; readonly stages: readonly Stage[] };

type ContinueWork = Extract<PastWork, { kind: 'continue' }>;

/** Writes pasts, each batch in one transaction: all of it is there, or nothing. */
export class PastWriter {
  constructor(private readonly session: Session) {}

  /** @throws OutdatedPlan, and whatever the database has against it */
  async write(works: readonly PastWork[]): Promise<void> {
    const created = works.flatMap((work) => (work.kind === 'create' ? [work.past] : []));
    const continued = works.filter((work): work is ContinueWork => work.kind === 'continue');
    if (continued.length === 0) {
      if (created.length > 0) await this.session.query(createPasts(created));
      return;
    }
    await this.session.inTransaction(async () => {
      await this.lock(continued);
      if (created.length > 0) await this.session.query(createPasts(created));
      await this.goOn(continued);
    });
  }

  /** The first steps of all tickets, then the second ones of those that have more, and so on. */
  private async goOn(works: readonly ContinueWork[]): Promise<void> {
    const most = Math.max(...works.map(({ stages }) => stages.length));
    for (let i = 0; i < most; i++) {
      const events = i > 0 ? [] : works.flatMap(({ continuation }) => continuation.events);
      await this.session.query(
        continuePasts(
          works.flatMap(({ stages }) => stages[i] ?? []),
          events,
        ),
      );
    }
  }

  /** Every change makes a version. So what still has the version that was read is as it was read. */
  private async lock(works: readonly ContinueWork[]): Promise<void> {
    const tickets = works.map(({ continuation }) => continuation.from);
    const { rows } = await this.session.query<{ id: string; version: number }>(lockPasts(tickets));
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    if (tickets.some(({ id, version }) => versions.get(id) !== version)) throw new OutdatedPlan();
  }
}
