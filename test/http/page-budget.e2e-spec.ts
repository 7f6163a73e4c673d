import { randomBytes } from 'node:crypto';
import { BUDGETS } from '../../src/http/server/limits';
import { operationsOf } from '../../src/http/openapi/operations';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { defineWorkflow, HOSTILE } from '../../testkit/workflows';
import { followLinks } from '../tickets/pages';

/** Lists whose rows are small, whatever they contain: a full page stays far below the budget. */
const SMALL_ROWS = [
  '/api/v1/projects',
  '/api/v1/api-keys',
  '/api/v1/api-keys/{id}/events',
  '/api/v1/workflows',
  '/api/v1/tickets/{id}/phase-history/visits',
];

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

interface LargeList {
  /** Makes the rows and returns the path and the number of rows. */
  readonly prepare: () => Promise<{ path: string; rows: number }>;
}

const LISTS: Record<string, LargeList> = {
  '/api/v1/tickets': {
    prepare: async () => {
      const description = '漢'.repeat(100_000);
      for (let i = 0; i < 40; i++) await createTicket(app, { title: `large ${i}`, description });
      return { path: '/api/v1/tickets?limit=200', rows: 40 };
    },
  },
  '/api/v1/tickets/{id}/phase-history': {
    prepare: async () => {
      const { id } = await createTicket(app, { title: 'x', description: '' });
      const artifacts = { text: '漢'.repeat(20_000) };
      const reason = '\u0001'.repeat(10_000);
      await moveToAndFro(id, 80, { reason, artifacts });
      return { path: `/api/v1/tickets/${id}/phase-history?limit=1000`, rows: 80 };
    },
  },
  '/api/v1/tickets/{id}/events': {
    prepare: async () => {
      const { id } = await createTicket(app);
      await moveToAndFro(id, 1_200, { reason: '\u0001'.repeat(1_100) });
      return { path: `/api/v1/tickets/${id}/events?limit=1000`, rows: 1_201 };
    },
  },
  '/api/v1/workflows/{key}/migrations': {
    prepare: async () => {
      const phases = HOSTILE.phases.map(({ id, category }) => ({ id: `${id} `.padEnd(50, '漢'), category }));
      const longName = new Map(HOSTILE.phases.map(({ id }, i) => [id, phases[i]!.id]));
      const transitions = HOSTILE.transitions.map(({ from, to }) => ({
        from: longName.get(from)!,
        to: longName.get(to)!,
      }));
      const definition = { ...HOSTILE, key: 'long-names', initial: [phases[0]!.id], phases, transitions };
      for (const title of ['one', 'two']) await defineWorkflow(app, { ...definition, title });
      await app.database.query(
        `WITH plans AS (
           INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
             SELECT 'long-names 1→2', i, 'migration', old.id, next.id FROM generate_series(1, 60) i
               JOIN graphs old ON old.workflow = 'long-names' AND old.version = 1
               JOIN graphs next ON next.workflow = 'long-names' AND next.version = 2
             RETURNING id, from_graph_id, to_graph_id),
         edges AS (INSERT INTO graph_edges SELECT plans.id, phase->>'id', phase->>'id' FROM plans
           JOIN graphs ON graphs.id = plans.from_graph_id, json_array_elements(definition->'phases') phase)
         INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind, finished_at)
           SELECT gen_random_uuid(), id, from_graph_id, 0, 'x', 'system', now() FROM plans`,
      );
      return { path: '/api/v1/workflows/long-names/migrations?limit=200', rows: 60 };
    },
  },
};

async function moveToAndFro(ticket_id: string, count: number, more: object): Promise<void> {
  for (let made = 0; made < count; made += 40) {
    const items = Array.from({ length: 40 }, (_, i) => ({
      ticket_id,
      to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG',
      ...more,
    }));
    await app.api.post('/api/v1/transitions').send({ items }).expect(200);
  }
}

it('every list is tested here, or has small rows', () => {
  const lists = operationsOf(app.document).filter(({ operation }) =>
    Object.values(operation.responses).some(
      (response) => response && 'headers' in response && response.headers?.['Link'],
    ),
  );
  expect(lists.map(({ path }) => path).sort()).toEqual([...Object.keys(LISTS), ...SMALL_ROWS].sort());
});

describe.each(Object.entries(LISTS))('a page of %s', (_, { prepare }) => {
  it('ends early when it exceeds the budget, and the pages together have every row once', async () => {
    const { path, rows } = await prepare();
    const first = await app.api.get(path).expect(200);
    expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Buffer.byteLength(first.text)).toBeLessThanOrEqual(BUDGETS.page);
    expect(Buffer.byteLength(first.text)).toBeGreaterThan(BUDGETS.page / 2);
    const walk = await followLinks<object>(app, path);
    expect([walk.rows.length, walk.pages.length > 1]).toEqual([rows, true]);
    expect(new Set(walk.rows.map((row) => JSON.stringify(row).slice(0, 300))).size).toBe(rows);
  });
});

it('a page of workflows ends early when it has read large definitions', async () => {
  for (let i = 0; i < 12; i++) {
    const phases = Array.from({ length: 500 }, (_, j) => {
      // Random text does not shrink in the database.
      return { id: `${j}`, title: randomBytes(150).toString('base64'), category: j === 499 ? 'done' : 'todo' };
    });
    const transitions = phases.slice(1).map(({ id }, j) => ({ from: `${j}`, to: id }));
    await defineWorkflow(app, { key: `wide-${i}`, title: 'Wide', initial: ['0'], phases, transitions });
  }
  const walk = await followLinks<{ key: string; title: string }>(app, '/api/v1/workflows?limit=200');
  expect(walk.pages.length).toBeGreaterThan(1);
  expect(walk.rows.filter(({ key }) => key.startsWith('wide-'))).toHaveLength(12);
});
