import type { Courtesy } from './courtesy';
import type { LogSource } from './log-source';
import { LogDealing, type LogTools } from './log-dealing';
import { Settlement, type Books } from './settlement';
import type { Staging } from './staging';
import type { StateCensus } from './state-census';
import type { Tally } from './tally';
import { batchTickets, groupByTicket } from './ticket-rows';

/**
 * What one transaction takes: enough to be quick, and so little that whoever moves one of its tickets at the same time
 * does not wait for long.
 */
const BATCH = { tickets: 250, rows: 500 } as const;

/** Rows that are read between two rests. */
const PORTION = 1_000;

/** Characters that the rows of one ticket may have together, since they are held in memory. */
const ROOM = 16_000_000;

/** What reading a source takes. */
export interface ReadingTools {
  readonly tally: Tally;
  readonly staging: Staging;
  readonly census: StateCensus;
  readonly courtesy: Courtesy;
  readonly signal: AbortSignal;
}

/**
 * Reads a source to its end, and stages its rows. Nothing is imported yet.
 *
 * @throws BrokenFileError, and when the signal is given, its reason
 */
export async function stageRows(source: LogSource, tools: ReadingTools): Promise<void> {
  const { staging, census, tally, courtesy, signal } = tools;
  for await (const { ticket, row } of source.rows) {
    signal.throwIfAborted();
    if (tally.rowsRead % PORTION === 0) await courtesy.rest();
    tally.rowsRead++;
    census.see(row);
    await staging.add(ticket, row);
  }
}

/** Settles every ticket that was staged; after the signal is given, only those that are under way. */
export async function settleTickets(
  staging: Staging,
  tools: LogTools & Books,
  courtesy: Courtesy,
  signal: AbortSignal,
): Promise<void> {
  const settlement = new Settlement(new LogDealing(tools), tools);
  for await (const batch of batchTickets(groupByTicket(staging.sorted(), ROOM), BATCH)) {
    if (signal.aborted) break;
    await settlement.settle(batch);
    if (courtesy.isDue) await settlement.finish();
    await courtesy.rest();
  }
  await settlement.finish();
}
