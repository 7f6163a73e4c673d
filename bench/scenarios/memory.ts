import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { moves } from '../conversations';
import { LABELS } from '../labels';
import { evenly } from '../picks';
import { overHttp, seriesOf } from '../rounds';
import { median } from '../statistics';
import type { Stage } from '../stage';

const CLIENTS = 32;
const SECONDS = 121;

/** The stretches of time that are compared, in seconds after the start. */
const EARLY = [20, 40] as const;
const LATE = [100, 120] as const;

/** What a server keeps in memory that has been fully loaded for two minutes. */
export async function measureMemory(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('memory'));
  const contestant = overHttp(LABELS.memory, server.origin, CLIENTS, (connection, connections) =>
    moves(tickets, evenly(tickets.size, connection, connections)),
  );
  const rss: number[] = [];
  const sampling = setInterval(() => {
    rss.push(rssOf(server.pid));
    if (rss.length % 20 === 0) stage.say(`  ${rss.length} s: ${(rss.at(-1)! / 2 ** 20).toFixed(0)} MiB`);
  }, 1_000);
  const sample = await contestant
    .measure({ warmUp: 0, measured: SECONDS * 1_000 })
    .finally(() => clearInterval(sampling));
  stage.findings.add(seriesOf(LABELS.memory, [sample]));
  stage.findings.memory = { rss, early: median(rss.slice(...EARLY)), late: median(rss.slice(...LATE)) };
}

/** Resident memory of a process in bytes. */
function rssOf(pid: number): number {
  if (process.platform === 'linux') {
    return 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  }
  return 1_024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}
