import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { query, withClient } from '../../testkit/cluster';
import { LABELS } from '../figures';
import { transitions } from '../requests';
import { overHttp, runRounds, type Candidate } from '../rounds';
import { SIZES, type Generated, type Stage } from '../stage';
import { evenly, LARGE_WORKLOAD, SDLC_WORKLOAD } from '../workload';

const CLIENTS = 32;

/** The tables that a transition writes. */
const TABLES = `('tickets'::regclass, 'phase_history'::regclass, 'ticket_events'::regclass)`;

/** Statements that drop their triggers, checks and foreign keys. Primary keys and indexes remain. */
const REMOVALS = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS removal
    FROM pg_constraint
   WHERE conrelid IN ${TABLES} AND contype IN ('c', 'f')
     AND conname <> 'tickets_priority_check'
  UNION ALL
  SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger
   WHERE tgrelid IN ${TABLES} AND NOT tgisinternal`;

/** The cost of the database's integrity constraints. */
export async function measureConstraints(stage: Stage): Promise<void> {
  const constrained = await stage.createSmall('constrained');
  const unconstrained = await stage.createSmall('unconstrained');
  await withClient(unconstrained.databaseUrl, async (client) => {
    const { rows } = await client.query<{ removal: string }>(REMOVALS);
    for (const { removal } of rows) await client.query(removal);
  });
  await run(stage, [
    await candidate(stage, LABELS.constraints('with'), constrained),
    await candidate(stage, LABELS.constraints('without'), unconstrained),
  ]);
}

/** The cost of authentication and of idempotency keys. */
export async function measureKeys(stage: Stage): Promise<void> {
  const secured = await stage.createSmall('with_api_key');
  const authorization = `Authorization: Bearer ${await createKey(secured)}\r\n`;
  await run(stage, [
    await candidate(stage, LABELS.keys('no key'), await stage.createSmall('without_key')),
    await candidate(stage, LABELS.keys('API key'), secured, () => authorization, { AUTH: 'required' }),
    await candidate(
      stage,
      LABELS.keys('Idempotency-Key'),
      await stage.createSmall('with_idempotency_key'),
      () => `Idempotency-Key: ${randomUUID()}\r\n`,
    ),
  ]);
}

/** The cost of a large workflow. */
export async function measureWorkflows(stage: Stage): Promise<void> {
  const sdlc = await stage.createGenerated('workflow_sdlc', SIZES.small, SDLC_WORKLOAD);
  const large = await stage.createGenerated('workflow_large', SIZES.small, LARGE_WORKLOAD);
  await run(stage, [
    await candidate(stage, LABELS.workflow('sdlc'), sdlc),
    await candidate(stage, LABELS.workflow('200 phases, 5,000 edges'), large),
  ]);
}

async function candidate(
  stage: Stage,
  label: string,
  generated: Generated,
  headers?: () => string,
  settings?: Record<string, string>,
): Promise<Candidate> {
  const { server, tickets } = await stage.serve('Phaseline', generated, settings);
  return overHttp(label, server.origin, CLIENTS, (connection, connections) =>
    transitions(tickets, evenly(tickets.size, connection, connections), headers),
  );
}

async function run(stage: Stage, candidates: readonly Candidate[]): Promise<void> {
  stage.results.add(...(await runRounds(candidates, stage.plan, stage.log)));
}

/** Creates an admin's key, which may name another actor in `transitioned_by`, as the benchmark's requests do. */
async function createKey({ databaseUrl }: Generated): Promise<string> {
  const secret = `pl_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(secret).digest();
  await query(
    databaseUrl,
    `INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role) VALUES ($1, 'bench', $2, $3, 'agent', 'admin')`,
    [randomUUID(), secret.slice(0, 11), hash],
  );
  return secret;
}
