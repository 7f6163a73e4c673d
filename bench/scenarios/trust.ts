import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { query } from '../cluster';
import { moves } from '../conversations';
import { LABELS } from '../labels';
import { evenly } from '../picks';
import { compete, overHttp, type Contestant } from '../rounds';
import type { Stage } from '../stage';
import type { TicketPool } from '../tickets';

const CLIENTS = 32;

/** What it costs to know who asks, and to do nothing twice. Each has a database of its own, all alike. */
export async function measureTrust(stage: Stage): Promise<void> {
  const contestants = [
    await contestant(stage, 'plain', 'trust_plain'),
    await authenticated(stage),
    await contestant(stage, 'Idempotency-Key', 'trust_keyed', () => `Idempotency-Key: ${randomUUID()}\r\n`),
  ];
  stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
}

async function contestant(
  stage: Stage,
  how: 'plain' | 'Idempotency-Key',
  database: string,
  headers?: () => string,
): Promise<Contestant> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall(database));
  return movesOf(LABELS.trust(how), server.origin, tickets, headers);
}

async function authenticated(stage: Stage): Promise<Contestant> {
  const tickets = await stage.createSmall('trust_authenticated');
  const header = `Authorization: Bearer ${await createKey(tickets)}\r\n`;
  const { server } = await stage.serve('Phaseline', tickets, { AUTH: 'required' });
  return movesOf(LABELS.trust('authentication'), server.origin, tickets, () => header);
}

function movesOf(label: string, origin: string, tickets: TicketPool, headers?: () => string): Contestant {
  return overHttp(label, origin, CLIENTS, (connection, connections) =>
    moves(tickets, evenly(tickets.size, connection, connections), headers),
  );
}

/** A key of an administrator, who may let the history name somebody else, as all moves of the benchmark do. */
async function createKey(tickets: TicketPool): Promise<string> {
  const secret = `pl_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(secret).digest();
  await query(
    tickets.databaseUrl,
    `INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role) VALUES ($1, 'bench', $2, $3, 'agent', 'admin')`,
    [randomUUID(), secret.slice(0, 11), hash],
  );
  return secret;
}
