import type { Pool, QueryResult } from 'pg';
import { endsSession } from '../../database/database-errors';
import { DomainError } from '../../problems/domain-error';
import type { KeyOutcome } from '../../idempotency/idempotency-record.statements';
import type { CommittedTransition, DecidedTransition, TransitionRequest } from '../transition';
import { CommitLost, CommitSession } from './commit-session';
import type {
  Contended,
  LockedTickets,
  Participant,
  ParticipantFacts,
  TransitionBatch,
  TransitionOutcome,
  TransitionPlan,
} from './participant';
import type { TransitionMetrics } from './transition-metrics';
import { CONTENDED, TransitionPlanner, withdraw, type GraphSource } from './transition-plan';
import type { LockMode, LockStatements, RequestedTickets } from '../phase.statements';

/** The dependencies of a batch. */
export interface BatchContext {
  readonly pool: Pool;
  readonly statements: LockStatements;
  readonly graphs: GraphSource;
  readonly participants: readonly Participant[];
  readonly metrics: Pick<TransitionMetrics, 'observeCommit'>;
}

/** A batch whose transaction has begun and holds its locks. */
interface LockedBatch {
  readonly batch: TransitionBatch;
  readonly session: CommitSession;
  readonly locked: LockedTickets;
  readonly facts: readonly ParticipantFacts[];
}

/**
 * Commits transitions of different callers in one transaction. Never throws.
 *
 * When the database rejects the batch, its transitions are tried one by one, so that invalid input of one caller does not
 * affect others. When the connection breaks during COMMIT, nothing is judged again: the outcome is looked up.
 *
 * @returns one outcome for each request, in their order
 */
export async function commitBatch(
  context: BatchContext,
  requests: readonly TransitionRequest[],
  mode: LockMode,
): Promise<TransitionOutcome[]> {
  let batch: LockedBatch;
  try {
    batch = await lockBatch(context, { requests }, mode);
  } catch (error) {
    return requests.map(() => error as Error);
  }
  try {
    const decided = await commitPlan(context, batch, await planBatch(context, batch));
    return decided.map(({ decision }) => decision);
  } catch (error) {
    await batch.session.close();
    if (requests.length === 1) return [causeOf(error)];
    const outcomes: TransitionOutcome[] = [];
    for (const request of requests) outcomes.push(...(await commitBatch(context, [request], mode)));
    return outcomes;
  }
}

/**
 * Commits the transitions of one HTTP request in a transaction of their own.
 *
 * @param atomic true: one rejection withdraws all transitions
 * @param mode whether to wait for tickets that other transactions have locked
 * @returns one decision for each request; when atomic and any of them is a rejection, nothing was written. `contended`:
 *   other transactions have locked some of the tickets, and nothing was judged
 * @throws DomainError `idempotency_key_reused`, and the errors of the database
 */
export async function commitBulk(
  context: BatchContext,
  bulk: TransitionBatch,
  atomic: boolean,
  mode: LockMode,
): Promise<readonly DecidedTransition[] | KeyOutcome | Contended> {
  const batch = await lockBatch(context, bulk, mode);
  try {
    const early = batchOutcomeOf(batch);
    if (early !== undefined) {
      await endEarly(batch, early);
      return early;
    }
    const plan = await planBatch(context, batch);
    if (!atomic || plan.moves.length === bulk.requests.length)
      return judgedOnly(await commitPlan(context, batch, plan));
    await batch.session.close();
    return withdraw(judgedOnly(plan.decided), batch.locked);
  } catch (error) {
    if (error instanceof CommitLost) {
      batch.session.destroy();
      throw notConfirmed(error);
    }
    await batch.session.close();
    throw causeOf(error);
  }
}

/** @throws DomainError the rejection of the whole batch */
function batchOutcomeOf({ facts, locked }: LockedBatch): KeyOutcome | Contended | undefined {
  for (const { batchOutcome } of facts) {
    if (batchOutcome instanceof DomainError) throw batchOutcome;
    if (batchOutcome !== undefined) return batchOutcome;
  }
  return locked.contended.size > 0 ? CONTENDED : undefined;
}

/**
 * Ends a transaction that judged nothing. A stored response is acknowledged once more, so that a synchronous standby must
 * have it: the COMMIT waits.
 */
async function endEarly({ session }: LockedBatch, outcome: KeyOutcome | Contended): Promise<void> {
  if (outcome.kind !== 'replayed') return session.close();
  await session.commit();
  session.release();
}

/** The requests of a bulk have no keys of their own, and none is decided while a ticket is contended. */
function judgedOnly(decided: readonly DecidedTransition<TransitionOutcome>[]): readonly DecidedTransition[] {
  return decided as readonly DecidedTransition[];
}

/**
 * Begins a transaction, locks its tickets and collects the facts of participants. A connection that broke while it was
 * idle, or whose server has become a standby, fails at its first statement, so the start is tried twice; nothing is written
 * before.
 */
async function lockBatch(
  context: BatchContext,
  batch: TransitionBatch,
  mode: LockMode,
  attempt = 1,
): Promise<LockedBatch> {
  const { pool, statements, participants } = context;
  const session = await CommitSession.open(pool, statements);
  try {
    const reads = participants.map((participant) => participant.read?.(batch) ?? []);
    const { locked: tickets, results } = await session.lock(requestedBy(batch.requests), mode, reads);
    const locked = { ...tickets, contended: await findContended(session, tickets, batch.requests, mode) };
    const facts = await collectFacts(participants, batch, session, locked, results);
    return { batch, session, locked, facts };
  } catch (error) {
    const broken = endsSession(error);
    if (!broken) await session.close();
    else session.destroy();
    if (broken && attempt === 1) return lockBatch(context, batch, mode, 2);
    throw error;
  }
}

/** @param results those of the participants' first reads */
async function collectFacts(
  participants: readonly Participant[],
  batch: TransitionBatch,
  session: CommitSession,
  locked: LockedTickets,
  results: readonly QueryResult[][],
): Promise<ParticipantFacts[]> {
  const more = participants.map((participant) => participant.more?.(batch, locked) ?? []);
  const further = more.some((statements) => statements.length > 0) ? await session.read(more) : [];
  return participants.flatMap((participant, i) => {
    const all = [...(results[i] ?? []), ...(further[i] ?? [])];
    const facts = all.length === 0 ? undefined : participant.facts?.(batch, all);
    return facts === undefined ? [] : [facts];
  });
}

/** Finds requested tickets that exist but were not locked. Takes a round trip only when some are missing. */
async function findContended(
  session: CommitSession,
  { tickets, contended }: LockedTickets,
  requests: readonly TransitionRequest[],
  mode: LockMode,
): Promise<ReadonlyMap<string, string>> {
  const missing = requests.filter(({ ticketId }) => !tickets.has(ticketId));
  return missing.length === 0 || mode === 'wait' ? contended : session.findTickets(requestedBy(missing));
}

/** Ids ascend, which is the lock order of all writers. When one caller sees all projects, the batch locks in all. */
function requestedBy(requests: readonly TransitionRequest[]): RequestedTickets {
  const ids = [...new Set(requests.map(({ ticketId }) => ticketId))].sort();
  const projects = new Set(requests.map(({ projectId }) => projectId));
  return { ids, projects: projects.has(null) ? null : ([...projects] as string[]) };
}

/** Decides, group by group of workflow versions: those of a batch need not fit into memory together. */
async function planBatch(
  { graphs }: BatchContext,
  { batch, locked, session, facts }: LockedBatch,
): Promise<TransitionPlan> {
  const planner = new TransitionPlanner(batch.requests, locked, facts, graphs);
  planner.decide(new Set([undefined]));
  const graphIds = Array.from(locked.tickets.values(), ({ graphId }) => graphId);
  for await (const group of graphs.inGroups(graphIds, session.reader)) planner.decide(group);
  return planner.plan;
}

/** @throws RolledBack when the database rejected the plan */
async function commitPlan(
  { pool, statements, participants, metrics }: BatchContext,
  { batch, session }: LockedBatch,
  plan: TransitionPlan,
): Promise<readonly DecidedTransition<TransitionOutcome>[]> {
  const writes = await Promise.all(
    participants.map((participant) => participant.write?.(batch, plan, session.reader) ?? []),
  );
  try {
    await session.commit(plan, writes.flat());
  } catch (error) {
    if (!(error instanceof CommitLost)) throw error;
    session.destroy();
    const committed = await wasCommitted(pool, statements, plan);
    if (committed === true) for (const participant of participants) participant.committed?.(plan);
    return decisionsAfterLoss(plan, committed, error);
  }
  session.release();
  if (plan.moves.length > 0) metrics.observeCommit(plan.moves.length, performance.now() - session.began);
  for (const participant of participants) participant.committed?.(plan);
  return plan.decided;
}

/**
 * Looks up on a new connection whether a transaction was committed whose COMMIT was sent.
 *
 * @returns undefined when the database cannot be reached, or does not confirm that a synchronous standby has the transaction
 */
async function wasCommitted(
  pool: Pool,
  statements: LockStatements,
  plan: TransitionPlan,
): Promise<boolean | undefined> {
  if (plan.moves.length === 0) return false;
  try {
    const session = await CommitSession.open(pool, statements);
    const committed = await session.findCommitted(plan).catch((error: unknown) => {
      session.destroy();
      throw error;
    });
    session.release();
    return committed.size === plan.moves.length;
  } catch {
    return undefined;
  }
}

/**
 * Keeps rejections of tickets that did not move. Decisions that depend on a lost transition are replaced, and stored responses
 * that the standby may not have.
 */
function decisionsAfterLoss(
  plan: TransitionPlan,
  committed: boolean | undefined,
  cause: Error,
): readonly DecidedTransition<TransitionOutcome>[] {
  if (committed === true) return plan.decided;
  const moved = new Set(plan.tickets.map(({ id }) => id));
  return plan.decided.map(({ request, decision }) => {
    const kind = decision instanceof Error ? 'rejected' : decision.kind;
    if (kind === 'replayed') return { request, decision: notConfirmed(cause) };
    const isMove = !(decision instanceof Error) && decision.kind === 'moved';
    if (!isMove && !moved.has(request.ticketId)) return { request, decision };
    const unknown = isMove && committed === undefined;
    return { request, decision: unknown ? outcomeUnknown(decision, cause) : notCommitted(cause) };
  });
}

function notCommitted(cause: Error): DomainError {
  return new DomainError('busy', 'The connection to the database broke; nothing was changed.', {}, { cause });
}

function notConfirmed(cause: Error): DomainError {
  const detail = `${cause.message} during COMMIT. The stored response is not confirmed yet. Retry to get it.`;
  return new DomainError('busy', detail, {}, { cause });
}

function outcomeUnknown({ transition }: CommittedTransition, cause: Error): DomainError {
  const detail =
    `${cause.message} during COMMIT, so it is not known whether the ticket moved. ` +
    'If it did, its history has a row with this transition_id.';
  return new DomainError('outcome_unknown', detail, { transition_id: transition.id }, { cause });
}

/** Returns the error of the database, which ours has as its cause. */
function causeOf(error: unknown): Error {
  return ((error as Error).cause as Error | undefined) ?? (error as Error);
}
