import { DataSource, type Logger } from 'typeorm';
import { ARCHIVED_FILTERS, SORT_ORDERS } from '../../src/tickets/ticket.dto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { corrupt } from '../verify/sound-tickets';

const TICKETS = 100_000;
/** The number of rows that a plan may sort: a fraction of all rows, selected by indexes. */
const MOST_SORTED = TICKETS / 20;

interface Statement {
  sql: string;
  parameters: unknown[];
}

interface PlanNode {
  'Node Type': string;
  'Plan Rows': number;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

let app: TestApp;
const statements: Statement[] = [];

beforeAll(async () => {
  app = await startTestApp();
  await fill();
  // The first request looks up the keys of projects, later ones use the cache.
  await app.api.get('/api/v1/tickets?archived=all&limit=200').expect(200);
  const logger: Partial<Logger> = {
    // The migration worker polls independently of requests. An empty page asks whether its phase exists.
    logQuery: (sql, parameters) =>
      void (
        /workflow_migrations|graph_phases/.test(sql) || statements.push({ sql, parameters: parameters as unknown[] })
      ),
  };
  app.nest.get(DataSource).logger = { ...silent, ...logger };
});
afterAll(() => app.close());
beforeEach(() => void (statements.length = 0));

describe(`lists of ${TICKETS} tickets`, () => {
  const filters = ['', 'project=p2', 'phase=TESTING', 'priority=CRITICAL', 'project=p2&phase=TESTING&priority=LOW'];
  const lists = filters.flatMap((filter) =>
    ARCHIVED_FILTERS.flatMap((archived) => SORT_ORDERS.map((sort) => `${filter}&archived=${archived}&sort=${sort}`)),
  );

  it.each(lists)('%s: the first page and a deep page are read from an index with one statement each', async (list) => {
    const first = await app.api.get(`/api/v1/tickets?${list}&limit=20`).expect(200);
    const next = /^<(.+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1];
    if (next !== undefined) await app.api.get(next).expect(200);
    expect(statements).toHaveLength(next === undefined ? 1 : 2);
    for (const statement of statements) {
      expect(statement.sql).not.toMatch(/count\(|offset/i);
      expect(await complaintsAbout(statement)).toEqual([]);
    }
  });
});

describe('the lists of one ticket', () => {
  it('are read from a primary key', async () => {
    const [{ id } = { id: '' }] = await app.database.query<{ id: string }>('SELECT id FROM tickets LIMIT 1');
    for (const path of ['', '/phase-history?limit=10&order=desc', '/valid-transitions']) {
      await app.api.get(`/api/v1/tickets/${id}${path}`).expect(200);
    }
    expect(statements.length).toBeLessThanOrEqual(4);
    for (const statement of statements) expect(await complaintsAbout(statement)).toEqual([]);
  });
});

/** Returns the defects of the plan of a statement. */
async function complaintsAbout({ sql, parameters }: Statement): Promise<string[]> {
  const [row] = await app.database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
    parameters,
  );
  return nodesOf(row!['QUERY PLAN'][0]!.Plan).flatMap((node) => {
    if (node['Node Type'] === 'Seq Scan') return [`reads all of ${node['Relation Name']}`];
    const sorts = /Sort/.test(node['Node Type']) && Math.max(...(node.Plans ?? []).map((n) => n['Plan Rows']));
    return sorts && sorts > MOST_SORTED ? [`sorts ${sorts} rows`] : [];
  });
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Creates rows like those of years of work: most are done, some are archived, projects differ in size. */
async function fill(): Promise<void> {
  for (const key of ['p1', 'p2']) await app.api.post('/api/v1/projects').send({ key, title: key }).expect(201);
  await corrupt(
    app.database,
    `INSERT INTO tickets (id, project_id, title, priority, initial_phase_id, phase_id, created_at, updated_at, archived_at)
       SELECT gen_random_uuid(), project.id, 'Ticket ' || i, (ARRAY['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'])[1 + i % 4], phase, phase,
              at, at + i % 7 * interval '1 day', CASE WHEN i % 10 = 0 THEN at END
         FROM generate_series(1, ${TICKETS}) i
         CROSS JOIN LATERAL (SELECT now() - i * interval '1 minute' AS at,
                (ARRAY['BACKLOG', 'DESIGN', 'TESTING', 'BLOCKED', 'DONE', 'DONE', 'DONE'])[1 + i * 31 % 7] AS phase) AS made
         JOIN projects project ON project.key = CASE WHEN i % 3 = 0 THEN 'p1' WHEN i % 11 = 0 THEN 'p2' ELSE 'default' END`,
  );
  await app.database.query('ANALYZE tickets');
}

const silent: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};
