import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';
import { startServerProcess, type ServerProcess } from '../../testkit/server-process';

let database: TestDatabase;
let servers: ServerProcess[];

beforeAll(async () => {
  database = await createTestDatabase();
  servers = await Promise.all([0, 1].map(() => startServerProcess({ DATABASE_URL: database.url })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await database.drop();
});

/** A response as the client receives it. */
async function ask(server: ServerProcess, path: string, body: object, key = randomUUID()) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const response = await fetch(`${server.origin}/api/v1${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const { status } = response;
  return { status, replayed: response.headers.get('idempotent-replayed') === 'true', text: await response.text() };
}

const createTicket = async () => JSON.parse((await ask(servers[0]!, '/tickets', { title: 'x' })).text).id as string;

describe('a request that reaches two processes with the same Idempotency-Key', () => {
  it.each(['a transition', 'a creation', 'a bulk request'])(
    'has one effect and one response when it is %s',
    async (what) => {
      for (let round = 0; round < 40; round++) {
        const id = await createTicket();
        const [path, body] = {
          'a transition': [`/tickets/${id}/transition`, { to_phase: 'BLOCKED' }],
          'a creation': ['/tickets', { title: `round ${round}` }],
          'a bulk request': ['/transitions', { items: [{ ticket_id: id, to_phase: 'BLOCKED' }] }],
        }[what] as [string, object];
        const key = randomUUID();
        const answers = await Promise.all([0, 1, 0, 1].map((i) => ask(servers[i]!, path, body, key)));
        expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
        expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
        expect(answers[0]!.status).toBeLessThan(300);
      }
    },
  );

  it('does not block other keys: different keys for one ticket are judged one by one', async () => {
    const id = await createTicket();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(servers[i % 2]!, `/tickets/${id}/transition`, { to_phase: 'BLOCKED' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 400)]);
  });
});
