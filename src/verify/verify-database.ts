import { MIGRATION_NAMES } from '../../ormconfig';
import { joinRecords, type Orphans } from '../database/join-records';
import { otherVersion } from '../database/schema-version';
import { Snapshot } from '../database/snapshot';
import { auditTicket } from '../audit/audit';
import { auditWorkflows } from '../audit/audit-workflows';
import type { Finding } from '../audit/finding';
import { auditRuns, PlanTally } from './audit-runs';
import { countTickets, countUnsettledMoves, openStreams, readGraphs, readRuns } from './audited-rows';
import { Counts, type VerifyNotes, type VerifyProgress, type VerifyReport } from './report';
import { Rulebook } from '../audit/rulebook';
import type { TicketRecord } from '../audit/ticket-record';
import { VerifyError } from './verify-error';

export interface VerifyOptions {
  /** Told now and then how far the audit is. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Ends the audit early. */
  readonly signal?: AbortSignal;
}

/** Tickets between two calls of `onProgress`. */
const TOLD_EVERY = 500;

/**
 * Holds everything in a database against everything else: each ticket, its history and its events, and the state machine.
 * It writes nothing, migrates nothing, and may run beside live traffic.
 *
 * Memory is bounded by a few pages and the longest history of one ticket, however large the database is.
 *
 * @param url a postgres:// URL; a role that may only read is enough
 * @throws VerifyError when the database is not one of this version; or when the signal is given, its reason
 */
export async function verifyDatabase(url: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { signal } = options;
  const started = performance.now();
  const snapshot = await Snapshot.open(url, 'phaseline verify', signal);
  try {
    refuseOtherVersions(await snapshot.readMigrations());
    const stored = await readGraphs(snapshot);
    const rulebook = new Rulebook(stored.graphs);
    const counts = new Counts();
    counts.add(auditWorkflows(stored, rulebook));
    const tally = await auditAll(snapshot, rulebook, counts, options.onProgress);
    counts.add(auditRuns(await readRuns(snapshot), rulebook.plans, tally));
    const unsettled_moves = await countUnsettledMoves(snapshot);
    const notes: VerifyNotes = { unsettled_moves, graphs_without_rules: rulebook.unruled };
    return reportOf(counts, notes, snapshot.roundTrips, (performance.now() - started) / 1_000);
  } finally {
    await snapshot.close();
  }
}

async function auditAll(
  snapshot: Snapshot,
  rulebook: Rulebook,
  counts: Counts,
  onProgress: VerifyOptions['onProgress'],
): Promise<PlanTally> {
  const tally = new PlanTally();
  const ofTickets = await countTickets(snapshot);
  tell(counts, ofTickets, onProgress);
  for await (const record of joinRecords(await openStreams(snapshot))) {
    if ('table' in record) countOrphans(record, counts);
    else {
      countRecord(record, counts);
      tally.count(record.moves);
      counts.add(auditTicket(record, rulebook));
    }
    if (counts.tickets % TOLD_EVERY === 0) tell(counts, ofTickets, onProgress);
  }
  tell(counts, ofTickets, onProgress);
  return tally;
}

function tell(counts: Counts, ofTickets: number, onProgress: VerifyOptions['onProgress']): void {
  const { tickets, moves, events, findings } = counts;
  onProgress?.({ tickets, ofTickets, moves, events, findings });
}

function countRecord({ moves, events }: TicketRecord, counts: Counts): void {
  counts.tickets++;
  counts.moves += moves.length;
  counts.events += events.length;
}

function countOrphans({ table, ticketId, rows }: Orphans, counts: Counts): void {
  const isHistory = table === 'phase_history';
  counts[isHistory ? 'moves' : 'events'] += rows;
  const detail = `${table} has ${rows} ${rows === 1 ? 'row' : 'rows'} of this ticket, which does not exist.`;
  const finding: Finding = { code: isHistory ? 'orphan_history' : 'orphan_events', ticket_id: ticketId, detail };
  counts.add([finding]);
}

/** @throws VerifyError unless the database has exactly the migrations that this version knows */
function refuseOtherVersions(found: readonly string[] | null): void {
  const reason = otherVersion(found, MIGRATION_NAMES);
  if (reason !== undefined) throw new VerifyError(reason);
}

function reportOf(counts: Counts, notes: VerifyNotes, round_trips: number, seconds: number): VerifyReport {
  const { tickets, moves, events, findings, kept } = counts;
  return {
    sound: findings === 0,
    tickets,
    moves,
    events,
    findings_total: findings,
    findings_by_code: counts.codes(),
    findings: kept,
    findings_left_out: findings - kept.length,
    notes,
    round_trips,
    seconds: Math.round(seconds * 1_000) / 1_000,
  };
}
