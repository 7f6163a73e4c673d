import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { LABELS } from '../figures';
import { median } from '../load';
import { READS, transitions, type Read } from '../requests';
import { overHttp, runRounds, seriesOf, type Candidate } from '../rounds';
import { SIZES, type Served, type Stage } from '../stage';
import { evenly, mostlyActive, type Distribution } from '../workload';

interface Sized extends Served {
  readonly size: '10k' | '1M';
}

/**
 * The same requests on ten thousand tickets and on a million. Reads run first, because transitions lengthen the small
 * database's histories much more than the large one's.
 */
export async function measureGrowth(stage: Stage): Promise<void> {
  stage.log('  creating a million tickets with ten million history rows');
  const million = await stage.createGenerated('large', SIZES.large);
  const large: Sized = { ...(await stage.serve('Phaseline', million)), size: '1M' };
  const small: Sized = { ...(await stage.serve('Phaseline', await stage.createSmall('small'))), size: '10k' };
  const reads = (Object.keys(READS) as Read[]).flatMap((what) => [reading(small, what), reading(large, what)]);
  const single = [moving(small, 'single transition', 1, evenly), moving(large, 'single transition', 1, evenly)];
  const many = [
    moving(small, 'transitions, evenly', 32, evenly),
    moving(large, 'transitions, evenly', 32, evenly),
    moving(large, 'transitions, active', 32, mostlyActive(SIZES.small)),
  ];
  for (const candidates of [reads, single, many]) {
    stage.results.add(...(await runRounds(candidates, stage.plan, stage.log)));
  }
}

function reading({ server, tickets, size }: Sized, what: Read): Candidate {
  return overHttp(LABELS.scale(`read ${what}`, size, 1), server.origin, 1, () =>
    READS[what](tickets, evenly(tickets.size, 0, 1)),
  );
}

function moving({ server, tickets, size }: Sized, what: string, clients: 1 | 32, distribute: Distribution): Candidate {
  return overHttp(LABELS.scale(what, size, clients), server.origin, clients, (connection, connections) =>
    transitions(tickets, distribute(tickets.size, connection, connections)),
  );
}

const SECONDS = 121;

/** The compared intervals, in seconds after the start. */
const EARLY = [20, 40] as const;
const LATE = [100, 120] as const;

/** The memory of a server under two minutes of full load. */
export async function measureMemory(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('memory'));
  const candidate = overHttp(LABELS.memory, server.origin, 32, (connection, connections) =>
    transitions(tickets, evenly(tickets.size, connection, connections)),
  );
  const rss: number[] = [];
  const sampling = setInterval(() => {
    const bytes = rssOf(server.child.pid ?? 0);
    rss.push(bytes);
    if (rss.length % 20 === 0) stage.log(`  ${rss.length} s: ${(bytes / 2 ** 20).toFixed(0)} MiB`);
  }, 1_000);
  const window = { warmUp: 0, measured: SECONDS * 1_000 };
  const sample = await candidate.measure(window).finally(() => clearInterval(sampling));
  stage.results.add(seriesOf(LABELS.memory, [sample]));
  stage.results.memory = { rss, early: median(rss.slice(...EARLY)), late: median(rss.slice(...LATE)) };
}

/** Returns the resident memory of a process in bytes. */
function rssOf(pid: number): number {
  if (process.platform === 'linux') {
    return 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  }
  return 1_024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}
