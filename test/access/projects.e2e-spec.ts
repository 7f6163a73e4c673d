import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { followLinks } from '../tickets/pages';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const create = (key: string, title = key) => app.api.post('/api/v1/projects').send({ key, title });

describe('POST /projects', () => {
  it('creates a project that can have tickets', async () => {
    const { status, body } = await create('web', 'Das Web 🕸️');
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        key: 'web',
        title: 'Das Web 🕸️',
        created_at: expect.stringMatching(TIME),
        archived_at: null,
      },
    ]);
    expect((await createTicket(app, { title: 'x', project: 'web' })).project).toBe('web');
    const { body: projects } = await app.api.get('/api/v1/projects');
    expect(projects).toContainEqual(body);
  });

  it.each(['0', 'a.b_c-d', 'x'.repeat(50), 'constructor'])('accepts the key %j', async (key) => {
    expect((await create(key)).body.key).toBe(key);
    expect((await app.api.get(`/api/v1/tickets?project=${key}`)).body).toEqual([]);
  });

  it('rejects a key that is in use and leaves its project unchanged', async () => {
    const { body: project } = await create('taken', 'First');
    for (const key of ['taken', 'default']) {
      const { status, body } = await create(key, 'Second');
      expect([status, body.code, body.detail]).toEqual([409, 'already_exists', `Project "${key}" already exists.`]);
    }
    const { body: projects } = await app.api.get('/api/v1/projects');
    expect(projects).toContainEqual(project);
    expect(projects).not.toContainEqual(expect.objectContaining({ title: 'Second' }));
  });

  it('creates one project for concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create('race')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });
});

describe('GET /projects', () => {
  beforeAll(async () => {
    for (let i = 0; i < 12; i += 1) await create(`page-${String(i).padStart(2, '0')}`).expect(201);
  });

  it('returns the default project', async () => {
    const { body } = await app.api.get('/api/v1/projects').expect(200);
    expect(body).toContainEqual(expect.objectContaining({ key: 'default', archived_at: null }));
  });

  it('returns projects ordered by key, page by page, during concurrent inserts', async () => {
    const { body: all } = await app.api.get('/api/v1/projects').expect(200);
    const keys = all.map(({ key }: { key: string }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    let created = 0;
    const walk = await followLinks<{ key: string }>(app, '/api/v1/projects?limit=4', () =>
      create(`a-${(created += 1)}`),
    );
    expect(walk.pages.slice(0, -1).every((length) => length === 4)).toBe(true);
    expect(walk.rows.filter(({ key }) => keys.includes(key))).toEqual(all);
  });

  it('has no Link on the last page, even a full one', async () => {
    const { body: all } = await app.api.get('/api/v1/projects');
    for (const limit of [all.length, all.length + 1]) {
      expect((await app.api.get(`/api/v1/projects?limit=${limit}`)).headers['link']).toBeUndefined();
    }
    expect((await app.api.get(`/api/v1/projects?limit=${all.length - 1}`)).headers['link']).toMatch(/rel="next"$/);
  });
});
