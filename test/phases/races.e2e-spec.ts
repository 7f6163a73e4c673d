import { PHASE_TRANSITIONS, type Phase } from '../../src/machine/phase';
import { verifyDatabase } from '../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { HttpClient, type HttpResponse } from '../../testkit/http-client';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';

/** Two processes of the real server on one database. */
let database: TestDatabase;
let servers: ServerProcess[];
const client = new HttpClient();

beforeAll(async () => {
  database = await createTestDatabase();
  servers = await Promise.all([0, 1].map(() => startServerProcess({ DATABASE_URL: database.url })));
});

afterAll(async () => {
  client.close();
  expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
  expect(servers.flatMap((server) => server.output().match(/deadlock|"level":[56]0/g) ?? [])).toEqual([]);
  await database.drop();
});

afterEach(async () => expect((await verifyDatabase(database.url)).findings).toEqual([]));

describe('16 to 20 concurrent callers of two processes', () => {
  it('make exactly one of 20 identical transitions', async () => {
    const [id] = await createTickets(1);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => move(i, id!, 'REQUIREMENTS')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)]);
    expect(await rowsOf(id!)).toBe(1);
  });

  it('make one of two opposing transitions first on each of 50 tickets and judge the other on the state that it left', async () => {
    const ids = await createTickets(50, 'TESTING');
    const pairs = await Promise.all(
      ids.map((id, i) => Promise.all([move(i, id, 'DEPLOYMENT'), move(i + 1, id, 'IMPLEMENTATION')])),
    );
    for (const [i, pair] of pairs.entries()) {
      const winners = pair.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      const loser = pair.find(({ status }) => status === 400);
      expect(loser!.body['from_phase']).toBe(winners[0]!.body['phase_id']);
      expect(await rowsOf(ids[i]!)).toBe(1);
    }
  });

  it('leave a sound history after 8 workers made 100 requests each for few tickets', async () => {
    const ids = await createTickets(12);
    const answers = (await Promise.all(Array.from({ length: 8 }, (_, worker) => storm(worker, ids)))).flat();
    const byStatus = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect(byStatus(200) + byStatus(400)).toBe(800);
    expect(byStatus(200)).toBeGreaterThan(100);
    const [row] = await database.query<{ rows: string }>(
      'SELECT count(*) AS rows FROM phase_history WHERE ticket_id = ANY ($1)',
      [ids],
    );
    expect(Number(row!.rows)).toBe(byStatus(200));
  });
});

/** Requests 100 transitions, most of them legal in the phase that the worker last saw. */
async function storm(worker: number, ids: readonly string[]): Promise<HttpResponse[]> {
  const answers: HttpResponse[] = [];
  const random = randomNumbers(worker + 1);
  for (let i = 0; i < 100; i++) {
    const id = ids[Math.floor(random() * ids.length)]!;
    const { body } = await send(i, 'GET', `/api/v1/tickets/${id}`);
    const targets = PHASE_TRANSITIONS[body['phase_id'] as Phase];
    answers.push(await move(i + worker, id, targets[Math.floor(random() * targets.length)] ?? 'BACKLOG'));
  }
  return answers;
}

/** @param turn selects one of the two processes */
function move(turn: number, id: string, to_phase: string): Promise<HttpResponse> {
  return send(turn, 'POST', `/api/v1/tickets/${id}/transition`, { to_phase });
}

async function createTickets(count: number, phase_id = 'BACKLOG'): Promise<string[]> {
  const create = (i: number) => send(i, 'POST', '/api/v1/tickets', { title: `Ticket ${i}`, phase_id });
  const answers = await Promise.all(Array.from({ length: count }, (_, i) => create(i)));
  return answers.map(({ body }) => body['id'] as string);
}

async function rowsOf(id: string): Promise<number> {
  return (await database.query('SELECT 1 FROM phase_history WHERE ticket_id = $1', [id])).length;
}

function send(turn: number, method: string, path: string, body?: object): Promise<HttpResponse> {
  return client.send(servers[turn % servers.length]!.origin, { method, path, body });
}

/** Returns the same numbers in every run (mulberry32), so that a failure can be reproduced. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
