import { randomUUID } from 'node:crypto';
import type { TicketDto } from '../../src/tickets/ticket.dto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { followLinks } from './pages';

const SORTS = ['created_at', '-created_at', 'updated_at', '-updated_at'] as const;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

/** Creates a project for one test, so that tests do not see each other's tickets. */
async function newProject(): Promise<string> {
  const key = `p-${randomUUID()}`;
  await app.api.post('/api/v1/projects').send({ key, title: key }).expect(201);
  return key;
}

async function list(query: string): Promise<TicketDto[]> {
  return (await app.api.get(`/api/v1/tickets?${query}`).expect(200)).body;
}

const titles = (tickets: readonly TicketDto[]): string[] => tickets.map(({ title }) => title);

/** Creates tickets with few distinct times, so that many are equal. */
async function insertTickets(project: string, count: number): Promise<void> {
  await app.database.query(
    `WITH created AS (INSERT INTO tickets (id, project_id, title, initial_phase_id, created_at, updated_at)
       SELECT gen_random_uuid(), projects.id, 't' || n, 'BACKLOG',
              timestamptz '2026-01-01Z' + n % 3 * interval '1 ms', timestamptz '2026-02-01Z' + n % 2 * interval '1 s'
         FROM projects, generate_series(1, $2) AS n WHERE key = $1 RETURNING *)
     INSERT INTO ticket_events (ticket_id, version, type, at) SELECT id, 1, 'created', created_at FROM created`,
    [project, count],
  );
}

describe('GET /tickets filters', () => {
  let project: string;
  beforeAll(async () => {
    project = await newProject();
    const one = await createTicket(app, { title: 'archived', project, priority: 'HIGH' });
    const two = await createTicket(app, { title: 'moved', project, priority: 'HIGH' });
    await createTicket(app, { title: 'new', project, priority: 'LOW' });
    await moveAlong(app, one.id, 'REQUIREMENTS');
    await moveAlong(app, two.id, 'REQUIREMENTS');
    await app.api.delete(`/api/v1/tickets/${one.id}`).expect(204);
    await createTicket(app, { title: 'of another project', priority: 'HIGH' });
  });

  it.each([
    ['', ['new', 'moved']],
    ['archived=false', ['new', 'moved']],
    ['archived=true', ['archived']],
    ['archived=all', ['new', 'moved', 'archived']],
    ['priority=HIGH', ['moved']],
    ['priority=HIGH&archived=all', ['moved', 'archived']],
    ['priority=CRITICAL&archived=all', []],
    ['phase=REQUIREMENTS', ['moved']],
    ['phase=REQUIREMENTS&archived=all&sort=created_at', ['archived', 'moved']],
    ['phase=BACKLOG&priority=LOW', ['new']],
    ['phase=BACKLOG&priority=HIGH', []],
  ])('select tickets by %j', async (query, expected) => {
    expect(titles(await list(`project=${project}&${query}`))).toEqual(expected);
  });

  it('return each ticket as GET /tickets/:id does', async () => {
    for (const ticket of await list(`project=${project}&archived=all`)) {
      expect((await app.api.get(`/api/v1/tickets/${ticket.id}`)).body).toEqual(ticket);
    }
  });

  it('return an empty array for an empty project', async () => {
    const response = await app.api.get(`/api/v1/tickets?project=${await newProject()}`);
    expect([response.status, response.body, response.headers['link']]).toEqual([200, [], undefined]);
  });

  it('return tickets of all projects by default', async () => {
    expect(titles(await list('priority=HIGH&limit=200'))).toEqual(
      expect.arrayContaining(['moved', 'of another project']),
    );
  });
});

describe('GET /tickets', () => {
  it('sorts the newest tickets first by default', async () => {
    const project = await newProject();
    const created: TicketDto[] = [];
    for (const title of ['a', 'b', 'c']) created.push(await createTicket(app, { title, project }));
    await app.api.patch(`/api/v1/tickets/${created[0]!.id}`).send({ title: 'A' }).expect(200);
    expect(titles(await list(`project=${project}`))).toEqual(['c', 'b', 'A']);
    expect(titles(await list(`project=${project}&sort=-created_at`))).toEqual(['c', 'b', 'A']);
    expect(titles(await list(`project=${project}&sort=created_at`))).toEqual(['A', 'b', 'c']);
    expect(titles(await list(`project=${project}&sort=updated_at`))).toEqual(['b', 'c', 'A']);
    expect(titles(await list(`project=${project}&sort=-updated_at`))).toEqual(['A', 'c', 'b']);
  });

  it.each(SORTS)('sorts tickets of the same time by their ids with sort=%s', async (sort) => {
    const project = await newProject();
    await insertTickets(project, 60);
    const tickets = await list(`project=${project}&sort=${sort}&limit=200`);
    const field = sort.replace('-', '') as 'created_at' | 'updated_at';
    const keys = tickets.map((ticket) => `${String(ticket[field])} ${ticket.id}`);
    expect(keys).toHaveLength(60);
    expect(keys).toEqual(sort.startsWith('-') ? keys.toSorted().toReversed() : keys.toSorted());
    expect(new Set(tickets.map((ticket) => ticket[field])).size).toBeLessThan(4);
  });
});

describe('a page of GET /tickets', () => {
  it('has 50 tickets by default and up to 200', async () => {
    const project = await newProject();
    await insertTickets(project, 201);
    expect(await list(`project=${project}`)).toHaveLength(50);
    expect(await list(`project=${project}&limit=1`)).toHaveLength(1);
    expect(await list(`project=${project}&limit=200`)).toHaveLength(200);
  });

  it('has no Link when it is the last one, even if it is full', async () => {
    const project = await newProject();
    await insertTickets(project, 10);
    for (const [limit, pages] of [
      [10, [10]],
      [5, [5, 5]],
      [4, [4, 4, 2]],
      [11, [10]],
    ] as const) {
      expect((await followLinks(app, `/api/v1/tickets?project=${project}&limit=${limit}`)).pages).toEqual(pages);
    }
  });

  it.each(SORTS)('leads to the end without loss or repetition during concurrent writes with sort=%s', async (sort) => {
    const project = await newProject();
    await insertTickets(project, 70);
    const url = `/api/v1/tickets?project=${project}&sort=${sort}`;
    const { body: before } = await app.api.get(`${url}&limit=200`).expect(200);
    const walk = await followLinks<TicketDto>(app, `${url}&limit=9`, () => insertTickets(project, 3));
    const old = new Set(before.map(({ id }: TicketDto) => id));
    expect(walk.rows.filter(({ id }) => old.has(id))).toEqual(before);
    expect(new Set(walk.rows.map(({ id }) => id)).size).toBe(walk.rows.length);
  });

  it('keeps the filters and the order of the first page', async () => {
    const project = await newProject();
    await insertTickets(project, 5);
    const { headers } = await app.api.get(`/api/v1/tickets?project=${project}&sort=updated_at&archived=all&limit=2`);
    const [, link] = /^<(.+)>; rel="next"$/.exec(headers['link']!)!;
    const { pathname, searchParams } = new URL(link!, app.origin);
    expect([pathname, Object.fromEntries(searchParams)]).toEqual([
      '/api/v1/tickets',
      { project, sort: 'updated_at', archived: 'all', limit: '2', cursor: expect.stringMatching(/^[\w-]+$/) },
    ]);
  });

  it('continues after a ticket that no longer matches the filter', async () => {
    const project = await newProject();
    await insertTickets(project, 6);
    const all = await list(`project=${project}`);
    const first = await app.api.get(`/api/v1/tickets?project=${project}&limit=3`);
    await app.api.delete(`/api/v1/tickets/${all[2]!.id}`).expect(204);
    const [, link] = /^<(.+)>;/.exec(first.headers['link']!)!;
    expect((await app.api.get(link!)).body).toEqual(all.slice(3));
  });
});
