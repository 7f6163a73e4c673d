import { READS, type Read } from '../conversations';
import { LABELS } from '../labels';
import { evenly } from '../picks';
import { compete, overHttp } from '../rounds';
import type { Stage } from '../stage';

const CLIENTS = 32;
const WHAT = ['ticket', 'history', 'valid transitions', 'page of 50'] as const satisfies Read[];

/** Reads, each of a ticket that is picked anew. */
export async function measureReads(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('reads'));
  const contestants = WHAT.map((what) =>
    // Nothing changes, so all connections may read everything.
    overHttp(LABELS.read(what), server.origin, CLIENTS, () => READS[what](evenly(tickets.size, 0, 1))),
  );
  stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
}
