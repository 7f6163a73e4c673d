import { SIZES } from '../cluster';
import { moves, READS, type Read } from '../conversations';
import { LABELS } from '../labels';
import { evenly, mostlyOnActive, type Spread } from '../picks';
import { compete, overHttp, type Contestant } from '../rounds';
import type { Served, Stage } from '../stage';

interface Grown extends Served {
  readonly size: '10k' | '1M';
}

/**
 * The same work on ten thousand tickets and on a million. Reads come first: the moves make the small database's
 * histories longer, the large one's hardly.
 */
export async function measureGrowth(stage: Stage): Promise<void> {
  stage.say('  making a million tickets with ten million history rows');
  const large: Grown = { ...(await stage.serve('Phaseline', await stage.createLarge('large'))), size: '1M' };
  const small: Grown = { ...(await stage.serve('Phaseline', await stage.createSmall('small'))), size: '10k' };
  const reads = (Object.keys(READS) as Read[]).flatMap((what) => [reading(small, what), reading(large, what)]);
  const single = [moving(small, 'single move', 1, evenly), moving(large, 'single move', 1, evenly)];
  const many = [
    moving(small, 'moves, evenly', 32, evenly),
    moving(large, 'moves, evenly', 32, evenly),
    moving(large, 'moves, active', 32, mostlyOnActive(SIZES.small)),
  ];
  for (const contestants of [reads, single, many]) {
    stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
  }
}

function reading({ server, tickets, size }: Grown, what: Read): Contestant {
  return overHttp(LABELS.growth(`read ${what}`, size, 1), server.origin, 1, () =>
    READS[what](evenly(tickets.size, 0, 1)),
  );
}

function moving({ server, tickets, size }: Grown, what: string, clients: 1 | 32, spread: Spread): Contestant {
  return overHttp(LABELS.growth(what, size, clients), server.origin, clients, (connection, connections) =>
    moves(tickets, spread(tickets.size, connection, connections)),
  );
}
