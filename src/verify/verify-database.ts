import { MIGRATION_NAMES } from '../../ormconfig';
import { auditTicket } from '../audit/audit';
import { auditWorkflows } from '../audit/audit-workflows';
import type { Finding } from '../audit/finding';
import type { TicketRecord } from '../audit/ticket-record';
import { WorkflowVersions } from '../audit/workflow-versions';
import { joinRecords, type Orphans } from '../database/join-records';
import { otherVersion } from '../database/schema-version';
import { Snapshot } from '../database/snapshot';
import { auditRuns, auditRunsOf, PlanCounts, plansWithoutRun, type StoredRun } from './migration-runs';
import { AuditCounts, type VerifyNotes, type VerifyProgress, type VerifyReport } from './report';
import { auditApiKeys, countPendingChecks, countStoredTickets, openStreams, readGraphs, readRuns } from './stored-rows';

/** The audit could not be completed. The message has the reason and the remedy. */
class VerifyError extends Error {}

export interface VerifyOptions {
  /** Receives the progress at the beginning, after every 500 tickets, and at the end. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Ends the audit early. */
  readonly signal?: AbortSignal;
}

/** The number of tickets between two calls of `onProgress`. */
const PROGRESS_INTERVAL = 500;

/**
 * Audits a database: every ticket against its history, its events and its workflow, and the workflows themselves. Reads one
 * snapshot, writes nothing, does not migrate, and can run beside live traffic.
 *
 * Memory is bounded by a few pages of rows and the longest history of a ticket.
 *
 * @param url a postgres:// URL; a role with read access is sufficient
 * @throws VerifyError if the schema is not that of this version; the signal's reason if it is aborted
 */
export async function verifyDatabase(url: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { signal } = options;
  const started = performance.now();
  const snapshot = await Snapshot.open(url, 'phaseline verify', signal);
  try {
    const outdated = otherVersion(await snapshot.readMigrations(), MIGRATION_NAMES);
    if (outdated !== undefined) throw new VerifyError(outdated);
    const stored = await readGraphs(snapshot);
    const versions = new WorkflowVersions(stored.graphs);
    const counts = new AuditCounts();
    counts.add(auditWorkflows(stored, versions));
    const runs = await readRuns(snapshot);
    const planCounts = await auditTickets(snapshot, versions, runs, counts, options.onProgress);
    counts.add(await auditApiKeys(snapshot));
    counts.add(auditRuns(runs, versions.plans, planCounts));
    const unsettled_moves = await countPendingChecks(snapshot);
    const notes: VerifyNotes = { unsettled_moves, graphs_without_rules: versions.edgesOnly };
    return reportOf(counts, notes, snapshot.roundTrips, (performance.now() - started) / 1_000);
  } finally {
    await snapshot.close();
  }
}

async function auditTickets(
  snapshot: Snapshot,
  versions: WorkflowVersions,
  runs: readonly StoredRun[],
  counts: AuditCounts,
  onProgress: VerifyOptions['onProgress'],
): Promise<PlanCounts> {
  const planCounts = new PlanCounts();
  const lacking = plansWithoutRun(runs, versions.plans);
  const ofTickets = await countStoredTickets(snapshot);
  const reportProgress = (): void => {
    const { tickets, moves, events, findings } = counts;
    onProgress?.({ tickets, ofTickets, moves, events, findings });
  };
  reportProgress();
  for await (const record of joinRecords(await openStreams(snapshot))) {
    if ('table' in record) countOrphans(record, counts);
    else {
      countRecord(record, counts);
      planCounts.add(record.moves);
      counts.add(auditTicket(record, versions));
      counts.add(auditRunsOf(record, versions, lacking));
    }
    if (counts.tickets % PROGRESS_INTERVAL === 0) reportProgress();
  }
  reportProgress();
  return planCounts;
}

function countRecord({ moves, events }: TicketRecord, counts: AuditCounts): void {
  counts.tickets++;
  counts.moves += moves.length;
  counts.events += events.length;
}

function countOrphans({ table, ticketId, rows }: Orphans, counts: AuditCounts): void {
  const isHistory = table === 'phase_history';
  counts[isHistory ? 'moves' : 'events'] += rows;
  const detail = `${table} has ${rows} ${rows === 1 ? 'row' : 'rows'} of this ticket, which does not exist.`;
  const finding: Finding = { code: isHistory ? 'orphan_history' : 'orphan_events', ticket_id: ticketId, detail };
  counts.add([finding]);
}

function reportOf(counts: AuditCounts, notes: VerifyNotes, round_trips: number, seconds: number): VerifyReport {
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
