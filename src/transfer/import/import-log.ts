import type { LogSource } from './log-source';
import { Settlement, type Tools } from './settlement';
import type { Staging } from './staging';
import type { StateCensus } from './state-census';
import { batchTickets, groupByTicket } from './ticket-rows';

/**
 * What one transaction takes: enough to be quick, and so little that whoever moves one of its tickets at the same time
 * does not wait for long.
 */
const BATCH = { tickets: 500, rows: 2_000 } as const;

/** Characters that the rows of one ticket may have together, since they are held in memory. */
const ROOM = 16_000_000;

/** What reading a source takes. */
export interface ReadingTools extends Pick<Tools, 'quarantine' | 'tally'> {
  readonly staging: Staging;
  readonly census: StateCensus;
  readonly signal: AbortSignal;
}

/**
 * Reads a source to its end, and stages its rows. Nothing is imported yet.
 *
 * @throws BrokenFileError, and when the signal is given, its reason
 */
export async function stageRows(source: LogSource, tools: ReadingTools): Promise<void> {
  const { staging, census, quarantine, tally, signal } = tools;
  for await (const { ticket, row } of source.rows) {
    signal.throwIfAborted();
    tally.rowsRead++;
    census.see(row);
    if (ticket !== null) await staging.add(ticket, row);
    else if ('fault' in row) await quarantine.putRow(row, { line: row.line, ...row.fault });
  }
}

/** Settles every ticket that was staged; after the signal is given, only those that are under way. */
export async function settleTickets(staging: Staging, tools: Tools, signal: AbortSignal): Promise<void> {
  const settlement = new Settlement(tools);
  for await (const batch of batchTickets(groupByTicket(staging.sorted(), ROOM), BATCH)) {
    if (signal.aborted) break;
    await settlement.settle(batch);
  }
  await settlement.finish();
}
