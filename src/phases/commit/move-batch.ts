import type { Pool } from 'pg';
import { isReported, isUnavailable } from '../../database/database-errors';
import type { KeyClaim } from '../../idempotency/key-claim';
import type { KeyedAnswer } from '../../idempotency/key-statements';
import type { Receipt } from '../../idempotency/receipt';
import { DomainError } from '../../problems/domain-error';
import type { CommitterMetrics } from './committer-metrics';
import type { CommittedMove, MoveRequest } from '../move';
import { planMoves, withdraw, type Decision, type GraphSource, type LockedTickets, type MovePlan } from './move-plan';
import { CommitLost, MoveSession } from './move-session';
import type { LockMode, LockStatements, Wanted } from './move-statements';

/** The ticket is locked by somebody else, and nothing was tried. */
export const HELD = Symbol('held');

/** What became of a request in a batch. An `Error` that is no `DomainError` is a failure of ours. */
export type Outcome = Decision | typeof HELD;

/** What a batch works with. */
export interface BatchTools {
  readonly pool: Pool;
  readonly statements: LockStatements;
  readonly graphs: GraphSource;
  readonly metrics: Pick<CommitterMetrics, 'observeCommit'>;
  /** Is called after each COMMIT that wrote events. */
  readonly signal: () => void;
}

/**
 * Commits moves together, in one transaction, and says what became of each. Never throws.
 *
 * When the database refuses the batch, its moves are tried one by one, so that nobody pays for another's bad input. When
 * the answer to COMMIT is lost, nothing is judged again: what happened is looked up.
 */
export async function commitBatch(
  tools: BatchTools,
  requests: readonly MoveRequest[],
  mode: LockMode,
): Promise<Outcome[]> {
  let begun: { session: MoveSession; locked: LockedTickets };
  try {
    begun = await begin(tools, requests, mode, claimsOf(requests));
  } catch (error) {
    return requests.map(() => error as Error);
  }
  const { session, locked } = begun;
  try {
    const held = await findHeld(session, locked, requests, mode);
    const going = requests.filter(({ ticketId }) => !held.has(ticketId));
    const plan = await planFor(tools, session, going, locked);
    const answers = await answersOf(plan, session);
    return outcomesOf(requests, held, await commitPlan(tools, session, plan, answers));
  } catch (error) {
    await session.close();
    return oneByOne(tools, requests, mode, error as Error);
  }
}

/** How moves share a transaction of their own. */
export interface Together {
  /** Whether one refusal refuses them all. */
  readonly allOrNothing: boolean;
  /** Present where the request that brought them all has an Idempotency-Key. */
  readonly receipt?: Receipt<readonly Decision[]>;
}

/**
 * Commits moves in a transaction of their own.
 *
 * @param mode whether to wait for tickets that others hold
 * @returns one decision a request; where it is all or nothing and any of them is a refusal, nothing was written. Held:
 *   others hold some of the tickets, and nothing was tried
 * @throws AnsweredBefore, KeyInUse, `idempotency_key_reused`, and whatever kept the database from it
 */
export async function commitTogether(
  tools: BatchTools,
  requests: readonly MoveRequest[],
  { allOrNothing, receipt }: Together,
  mode: LockMode,
): Promise<readonly Decision[] | typeof HELD> {
  const claims = receipt === undefined ? [] : [receipt.claim];
  const { session, locked } = await begin(tools, requests, mode, claims);
  try {
    for (const obstacle of locked.obstacles.values()) throw obstacle;
    if ((await findHeld(session, locked, requests, mode)).size > 0) {
      await session.close();
      return HELD;
    }
    const plan = await planFor(tools, session, requests, locked);
    if (!allOrNothing || plan.moves.length === requests.length) {
      const answer = receipt && {
        claim: receipt.claim,
        answer: await receipt.answerOf(plan.decisions, session.reader),
      };
      return await commitPlan(tools, session, plan, answer === undefined ? [] : [answer]);
    }
    await session.close();
    return withdraw(plan, locked);
  } catch (error) {
    await session.close();
    throw causeOf(error);
  }
}

/** A connection that died while it was idle fails at its first use; so the start is tried twice. Nothing is written yet. */
async function begin(
  tools: BatchTools,
  requests: readonly MoveRequest[],
  mode: LockMode,
  claims: readonly KeyClaim[],
  attempt = 1,
): Promise<{ session: MoveSession; locked: LockedTickets }> {
  const session = await MoveSession.open(tools.pool, tools.statements);
  try {
    return { session, locked: await session.lock(wantedBy(requests), mode, claims) };
  } catch (error) {
    const broken = isUnavailable(error) && !isReported(error);
    if (!broken) await session.close();
    else session.destroy();
    if (broken && attempt === 1) return begin(tools, requests, mode, claims, 2);
    throw error;
  }
}

/** Graphs that are seen for the first time are looked up; of all others it asks nobody. */
async function planFor(
  { graphs }: BatchTools,
  { reader }: MoveSession,
  requests: readonly MoveRequest[],
  locked: LockedTickets,
): Promise<MovePlan> {
  await graphs.know(
    Array.from(locked.tickets.values(), ({ graphId }) => graphId),
    reader,
  );
  return planMoves(requests, locked, graphs);
}

/** Tickets that are there but could not be locked. One more round trip, and only where some were missing. */
async function findHeld(
  session: MoveSession,
  locked: LockedTickets,
  requests: readonly MoveRequest[],
  mode: LockMode,
): Promise<ReadonlySet<string>> {
  const missing = requests.filter(({ ticketId }) => !locked.tickets.has(ticketId));
  return missing.length === 0 || mode === 'wait' ? new Set() : session.heldByOthers(wantedBy(missing));
}

/** Ids ascend, as all writers lock. Where one of those who ask sees all projects, so does the batch. */
function wantedBy(requests: readonly MoveRequest[]): Wanted {
  const ids = [...new Set(requests.map(({ ticketId }) => ticketId))].sort();
  const projects = new Set(requests.map(({ projectId }) => projectId));
  return { ids, projects: projects.has(null) ? null : ([...projects] as string[]) };
}

function claimsOf(requests: readonly MoveRequest[]): KeyClaim[] {
  return requests.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt.claim]));
}

/** The answers of the moves that a plan makes for requests with keys. */
async function answersOf({ requests, decisions }: MovePlan, { reader }: MoveSession): Promise<KeyedAnswer[]> {
  const answers = requests.flatMap(({ receipt }, i) => {
    const decision = decisions[i]!;
    if (receipt === undefined || decision instanceof Error) return [];
    return [receipt.answerOf(decision, reader).then((answer) => ({ claim: receipt.claim, answer }))];
  });
  return answers.length === 0 ? [] : Promise.all(answers);
}

function outcomesOf(
  requests: readonly MoveRequest[],
  held: ReadonlySet<string>,
  decisions: readonly Decision[],
): Outcome[] {
  let next = 0;
  return requests.map(({ ticketId }) => (held.has(ticketId) ? HELD : decisions[next++]!));
}

async function oneByOne(
  tools: BatchTools,
  requests: readonly MoveRequest[],
  mode: LockMode,
  error: Error,
): Promise<Outcome[]> {
  if (requests.length === 1) return [causeOf(error)];
  const outcomes: Outcome[] = [];
  for (const request of requests) outcomes.push(...(await commitBatch(tools, [request], mode)));
  return outcomes;
}

/** @throws RolledBack when the database refused the plan */
async function commitPlan(
  tools: BatchTools,
  session: MoveSession,
  plan: MovePlan,
  answers: readonly KeyedAnswer[],
): Promise<readonly Decision[]> {
  try {
    await session.commit(plan, answers);
    session.release();
    if (plan.moves.length > 0) {
      tools.metrics.observeCommit(plan.moves.length, performance.now() - session.began);
      tools.signal();
    }
    return plan.decisions;
  } catch (error) {
    if (!(error instanceof CommitLost)) throw error;
    session.destroy();
    const committed = await wasCommitted(tools, plan);
    if (committed === true) tools.signal();
    return decisionsAfterLoss(plan, committed, error);
  }
}

/** Asks a new connection what became of a transaction whose COMMIT was sent. Undefined: nobody could say. */
async function wasCommitted(tools: BatchTools, plan: MovePlan): Promise<boolean | undefined> {
  try {
    const session = await MoveSession.open(tools.pool, tools.statements);
    const committed = await session.findCommitted(plan).finally(() => session.close());
    return committed.size === plan.moves.length;
  } catch {
    return undefined;
  }
}

/** Refusals of tickets that did not move stand; whatever rests on a move that is not known to be there does not. */
function decisionsAfterLoss(plan: MovePlan, committed: boolean | undefined, cause: Error): readonly Decision[] {
  if (committed === true) return plan.decisions;
  const shaky = new Set(plan.tickets.map(({ id }) => id));
  return plan.decisions.map((decision, i) => {
    if (decision instanceof Error && !shaky.has(plan.requests[i]!.ticketId)) return decision;
    if (committed === false || decision instanceof Error) return notCommitted(cause);
    return outcomeUnknown(decision, cause);
  });
}

function notCommitted(cause: Error): DomainError {
  return new DomainError('busy', 'The connection to the database broke, and nothing was changed.', {}, { cause });
}

function outcomeUnknown({ transition }: CommittedMove, cause: Error): DomainError {
  const detail =
    'The connection to the database broke during COMMIT: it is not known whether the move was made. ' +
    'If it was, the history has a row with this transition_id.';
  return new DomainError('outcome_unknown', detail, { transition_id: transition.id }, { cause });
}

/** What the database said, below what we made of it. */
function causeOf(error: unknown): Error {
  return ((error as Error).cause as Error | undefined) ?? (error as Error);
}
