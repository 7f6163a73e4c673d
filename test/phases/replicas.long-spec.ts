import { verifyDatabase } from '../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { eventually } from '../../testkit/eventually';
import { HttpClient } from '../../testkit/http-client';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';

const SECONDS = 30;

let database: TestDatabase;
let servers: ServerProcess[];
const client = new HttpClient(64);

beforeAll(async () => {
  database = await createTestDatabase();
  servers = await Promise.all([0, 1].map(() => startServerProcess({ DATABASE_URL: database.url })));
});
afterAll(async () => {
  client.close();
  await Promise.all(servers.map((server) => server.stop()));
  await database.drop();
});

describe('two processes that commit batches of the same tickets', () => {
  it(`in opposite order, for ${SECONDS} seconds: no deadlock, no 5xx, every accepted move is there once`, async () => {
    const ids = await createTickets(40);
    const until = Date.now() + SECONDS * 1_000;
    const orders = [ids, ids.toReversed()];
    const counts = await Promise.all(orders.map((order, i) => keepMoving(servers[i]!, order, until)));
    const total = (status: number) => counts.reduce((sum, count) => sum + (count.get(status) ?? 0), 0);
    expect([...new Set(counts.flatMap((count) => Array.from(count.keys())))].sort()).toEqual([200, 400]);
    expect(total(200)).toBeGreaterThan(1_000);
    const [row] = await database.query<{ rows: string }>('SELECT count(*) AS rows FROM phase_history');
    expect(Number(row!.rows)).toBe(total(200));
    expect((await verifyDatabase(database.url)).findings).toEqual([]);
    const [{ deadlocks } = { deadlocks: '?' }] = await database.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(deadlocks).toBe('0');
  });
});

describe('a server that is stopped under load', () => {
  it('answers every request that it accepted, and every acknowledged transition is in the database', async () => {
    const server = await startServerProcess({ DATABASE_URL: database.url });
    const ids = await createTickets(200);
    const accepted: string[] = [];
    const answered: number[] = [];
    const move = async (id: string): Promise<void> => {
      for (const to_phase of ['BLOCKED', 'BACKLOG', 'BLOCKED', 'BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION']) {
        const answer = await client
          .send(server.origin, { method: 'POST', path: `/api/v1/tickets/${id}/transition`, body: { to_phase } })
          // After the server has stopped listening, connections are refused or closed between requests.
          .catch((error: NodeJS.ErrnoException) => error.code ?? 'broken');
        if (typeof answer === 'string') return;
        answered.push(answer.status);
        if (answer.status === 200) accepted.push((answer.body['transition'] as { id: string }).id);
      }
    };
    const load = Promise.all(ids.map(move));
    await eventually(() => accepted.length >= 200, server);
    expect(await server.stop('SIGTERM')).toBe(0);
    await load;
    expect(answered.filter((status) => status !== 200)).toEqual([]);
    expect(accepted.length).toBeLessThan(1_400);
    const rows = await database.query<{ id: string }>(
      `SELECT history.id FROM phase_history history WHERE ticket_id = ANY ($1)`,
      [ids],
    );
    expect(rows.map(({ id }) => id).sort()).toEqual(accepted.sort());
    expect(server.output()).toMatch(/Stopping …\nStopped\.\n$/);
  });
});

/** Moves tickets back and forth in this order, each worker a part of them, and counts the responses by status. */
async function keepMoving(server: ServerProcess, ids: readonly string[], until: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  const sweep = async (to_phase: string): Promise<void> => {
    const answers = await Promise.all(
      ids.map((id) =>
        client.send(server.origin, { method: 'POST', path: `/api/v1/tickets/${id}/transition`, body: { to_phase } }),
      ),
    );
    for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  };
  while (Date.now() < until) {
    await sweep('BLOCKED');
    await sweep('BACKLOG');
  }
  return counts;
}

async function createTickets(count: number): Promise<string[]> {
  const create = () =>
    client.send(servers[0]!.origin, { method: 'POST', path: '/api/v1/tickets', body: { title: 'x' } });
  const answers = await Promise.all(Array.from({ length: count }, create));
  return answers.map(({ body }) => body['id'] as string);
}
