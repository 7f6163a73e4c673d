import { WORKFLOW_SCHEMA } from '../../src/workflows/workflow.schema';
import { startTestApp, type TestApp } from '../../testkit/app';
import { makeKey, withKey } from '../../testkit/keys';
import { CHORES, defineWorkflow } from '../../testkit/workflows';
import { followLinks } from '../tickets/pages';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

const define = (definition: object) => app.api.post('/api/v1/workflows').send(definition);
const graphsOf = (key: string) =>
  app.database.query('SELECT version FROM graphs WHERE workflow = $1 ORDER BY version', [key]);

describe('POST /workflows', () => {
  it('stores the first version with all defaults written out', async () => {
    const answer = await define({ ...CHORES, key: 'first' });
    expect([answer.status, answer.headers['location']]).toEqual([201, '/api/v1/workflows/first/versions/1']);
    expect(answer.body).toEqual({
      key: 'first',
      version: 1,
      title: 'Chores',
      project: null,
      initial: ['open', 'triaged'],
      phases: CHORES.phases.map(({ id, title = id, category }) => ({ id, title, category })),
      transitions: expect.arrayContaining([
        { from: 'open', to: 'triaged', kind: 'forward', requires: [] },
        { from: 'doing', to: 'auf Eis 🧊', kind: 'block', requires: ['reason'] },
        { from: 'auf Eis 🧊', to: 'done', kind: 'resume', requires: [] },
        { from: 'doing', to: 'open', kind: 'regression', requires: [] },
      ]),
      resume: 'reached',
      created_at: expect.stringMatching(TIME),
      warnings: [],
    });
    expect(answer.body.transitions).toHaveLength(CHORES.transitions.length);
    expect((await app.api.get('/api/v1/workflows/first')).body).toEqual(answer.body);
    expect((await app.api.get('/api/v1/workflows/first/versions/1')).body).toEqual(answer.body);
  });

  it('returns the existing version for an identical definition, in any notation', async () => {
    const one = await define({ ...CHORES, key: 'same' });
    const two = await define({ ...CHORES, key: 'same', title: 'Changed' });
    const written = { ...one.body, transitions: one.body.transitions, resume: 'reached' };
    for (const name of ['version', 'project', 'created_at', 'warnings']) delete written[name];
    const again = await define(written);
    expect([one.status, two.status, two.body.version]).toEqual([201, 201, 2]);
    expect([again.status, again.body, again.headers['location']]).toEqual([
      200,
      one.body,
      '/api/v1/workflows/same/versions/1',
    ]);
    expect(await graphsOf('same')).toHaveLength(2);
    expect((await app.api.get('/api/v1/workflows/same')).body.version).toBe(2);
  });

  it('numbers versions without gaps under concurrent requests', async () => {
    const titles = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'];
    const answers = await Promise.all(titles.map((title) => define({ ...CHORES, key: 'crowd', title })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201, 201, 201, 201]);
    for (const [i, title] of titles.entries()) {
      const same = answers.filter(({ body }) => body.title === title).map(({ body }) => body.version);
      expect(new Set(same)).toEqual(new Set([answers[i]!.body.version]));
    }
    expect((await graphsOf('crowd')).map((row) => row['version'])).toEqual([1, 2, 3, 4]);
  });

  it('rejects a broken definition with every finding and stores nothing', async () => {
    const broken = {
      ...CHORES,
      key: 'broken',
      initial: ['nowhere'],
      transitions: [...CHORES.transitions, { from: 'done', to: 'done' }],
    };
    const { status, body } = await define(broken);
    expect([status, body.code]).toEqual([400, 'workflow_invalid']);
    expect(body.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ severity: 'error', code: 'unknown_phase', pointer: '/initial/0' }),
        expect.objectContaining({ severity: 'error', code: 'self_transition', pointer: '/transitions/10' }),
      ]),
    );
    expect(await graphsOf('broken')).toEqual([]);
    expect(await app.database.query(`SELECT FROM workflows WHERE key = 'broken'`)).toEqual([]);
  });

  it('stores a definition with warnings and lists them', async () => {
    const leaky = { ...CHORES, key: 'leaky', transitions: [...CHORES.transitions, { from: 'done', to: 'open' }] };
    const { status, body } = await define(leaky);
    expect(status).toBe(201);
    expect(body.warnings).toMatchObject([{ severity: 'warning', code: 'exit_from_done', pointer: '/transitions/10' }]);
    expect((await app.api.get('/api/v1/workflows/leaky')).body.warnings).toEqual(body.warnings);
  });

  it('rejects a definition of the built-in workflow', async () => {
    const { status, body } = await define({ ...CHORES, key: 'sdlc' });
    expect([status, body.code, body.detail]).toEqual([409, 'already_exists', expect.stringContaining('built in')]);
    const { body: own } = await app.api.get('/api/v1/workflows/sdlc');
    const { version, project, created_at, warnings, ...definition } = own;
    expect([version, project, warnings, TIME.test(created_at)]).toEqual([1, null, [], true]);
    const again = await define(definition);
    expect([again.status, again.body]).toEqual([200, own]);
  });

  it('replays the response for an Idempotency-Key, also a 200', async () => {
    const send = () => define({ ...CHORES, key: 'once' }).set('idempotency-key', 'once-1');
    const [one, two] = [await send(), await send()];
    expect([one.status, two.status, two.headers['idempotent-replayed'], two.body]).toEqual([
      201,
      201,
      'true',
      one.body,
    ]);
    const other = await define({ ...CHORES, key: 'once' }).set('idempotency-key', 'once-2');
    expect([other.status, other.body]).toEqual([200, one.body]);
    const again = await define({ ...CHORES, key: 'once' }).set('idempotency-key', 'once-2');
    expect([again.status, again.body]).toEqual([200, one.body]);
  });
});

describe('POST /workflows/lint', () => {
  it('reports every problem of a definition and stores nothing', async () => {
    const { status, body } = await app.api
      .post('/api/v1/workflows/lint')
      .send({ ...CHORES, key: 'linted', initial: [] })
      .expect(200);
    expect([status, body.valid]).toEqual([200, false]);
    expect(body.findings[0]).toEqual({
      severity: 'error',
      code: 'no_initial_phase',
      pointer: '/initial',
      message: expect.any(String),
    });
    expect(await graphsOf('linted')).toEqual([]);
  });

  it('reports no problems of a valid definition', async () => {
    const { body } = await app.api.post('/api/v1/workflows/lint').send(CHORES).expect(200);
    expect(body).toEqual({ valid: true, findings: [] });
  });
});

describe('GET /workflows/schema', () => {
  it('returns the JSON Schema of a definition', async () => {
    const { headers, text } = await app.api.get('/api/v1/workflows/schema').expect(200);
    expect(headers['content-type']).toBe('application/schema+json; charset=utf-8');
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(WORKFLOW_SCHEMA)));
  });

  it.each(['lint', 'schema'])('rejects the reserved workflow key %s', async (key) => {
    const { status, body } = await define({ ...CHORES, key });
    expect([status, body.errors]).toEqual([
      400,
      [{ in: 'body', pointer: '/key', detail: `must not be ${key}, which is reserved` }],
    ]);
  });
});

describe('GET /workflows', () => {
  it('lists workflows with their latest versions, page by page', async () => {
    await define({ ...CHORES, key: 'listed-a' });
    await define({ ...CHORES, key: 'listed-b' });
    await define({ ...CHORES, key: 'listed-b', title: 'Newer' });
    const { rows: all } = await followLinks<Record<string, unknown>>(app, '/api/v1/workflows?limit=2');
    const keys = all.map(({ key }) => key);
    expect(keys).toEqual([...keys].sort());
    expect(all.find(({ key }) => key === 'listed-b')).toEqual({
      key: 'listed-b',
      version: 2,
      title: 'Newer',
      project: null,
      phases: 6,
      transitions: 10,
      created_at: expect.stringMatching(TIME),
    });
    expect(all.find(({ key }) => key === 'sdlc')).toMatchObject({ version: 1, phases: 8, transitions: 19 });
  });

  it('returns 404 for unknown workflows and versions', async () => {
    await defineWorkflow(app);
    for (const path of ['nothing', 'chores/versions/99', 'nothing/versions/1']) {
      const { status, body } = await app.api.get(`/api/v1/workflows/${path}`);
      expect([path, status, body.code]).toEqual([path, 404, 'workflow_not_found']);
    }
    for (const path of ['Chores', 'chores/versions/0', 'chores/versions/one', 'chores/versions/99999999999']) {
      const { status, body } = await app.api.get(`/api/v1/workflows/${path}`);
      expect([path, status, body.code]).toEqual([path, 400, 'validation_failed']);
    }
  });
});

describe('a workflow of a project', () => {
  it('is visible only to the keys and tickets of its project', async () => {
    const secured = await startTestApp(app.database, { authentication: true });
    try {
      const admin = withKey(secured, await makeKey(secured));
      for (const key of ['mine', 'theirs']) await admin.api.post('/api/v1/projects').send({ key, title: key });
      const ids = await app.database.query<{ id: string }>(
        `SELECT id FROM projects WHERE key IN ('mine', 'theirs') ORDER BY key`,
      );
      const [mine, theirs] = await Promise.all(
        ids.map(async ({ id }) => withKey(secured, await makeKey(secured, { projectId: id }))),
      );
      const own = { ...CHORES, key: 'own', project: 'mine' };
      const created = await mine!.api.post('/api/v1/workflows').send(own);
      expect([created.status, created.body.project]).toEqual([201, 'mine']);
      const taken = await theirs!.api.post('/api/v1/workflows').send({ ...own, project: 'theirs' });
      expect([taken.status, taken.body.code]).toEqual([409, 'already_exists']);
      expect((await theirs!.api.post('/api/v1/workflows').send(own)).body.code).toBe('project_not_found');
      expect((await theirs!.api.get('/api/v1/workflows/own')).body.code).toBe('workflow_not_found');
      expect((await theirs!.api.get('/api/v1/phases?workflow=own')).body.code).toBe('workflow_not_found');
      const seen = async (who: TestApp) =>
        (await who.api.get('/api/v1/workflows')).body.map((row: { key: string }) => row.key);
      expect(await seen(mine!)).toEqual(expect.arrayContaining(['own', 'sdlc']));
      expect(await seen(theirs!)).not.toContain('own');
      const ticket = { title: 'x', workflow: 'own' };
      expect((await mine!.api.post('/api/v1/tickets').send(ticket)).status).toBe(201);
      expect((await theirs!.api.post('/api/v1/tickets').send(ticket)).body.code).toBe('workflow_not_found');
      expect((await admin.api.post('/api/v1/tickets').send(ticket)).body.code).toBe('workflow_not_found');
      expect((await admin.api.post('/api/v1/tickets').send({ ...ticket, project: 'mine' })).status).toBe(201);
    } finally {
      await secured.close();
    }
  });
});

describe('the findings of a large definition', () => {
  const definition = {
    ...CHORES,
    key: 'many-findings',
    phases: [...CHORES.phases, { id: 'lonely', category: 'active' }],
    transitions: [
      ...CHORES.transitions,
      ...Array.from({ length: 3_000 }, (_, i) => ({ from: 'done', to: i % 2 === 0 ? 'open' : `missing ${i}` })),
    ],
  };

  it('are cut to the first 1,000, errors before warnings', async () => {
    const { body } = await app.api.post('/api/v1/workflows/lint').send(definition).expect(200);
    expect([body.valid, body.findings.length, body.findings_omitted]).toEqual([false, 1_000, true]);
    expect(new Set(body.findings.map(({ severity }: { severity: string }) => severity))).toEqual(new Set(['error']));
    const stored = await app.api.post('/api/v1/workflows').send(definition).expect(400);
    expect([stored.body.code, stored.body.findings.length]).toEqual(['workflow_invalid', 1_000]);
  });

  it('include phases that look alike', async () => {
    const phases = ['Prüfung'.normalize('NFC'), 'Prüfung'.normalize('NFD')].map((id) => ({ id, category: 'active' }));
    const transitions = [
      { from: phases[0]!.id, to: phases[1]!.id },
      { from: phases[1]!.id, to: 'fertig' },
    ];
    const alike = { key: 'alike', title: 'Alike', initial: [phases[0]!.id], transitions };
    const { body } = await app.api
      .post('/api/v1/workflows/lint')
      .send({ ...alike, phases: [...phases, { id: 'fertig', category: 'done' }] })
      .expect(200);
    expect([body.valid, body.findings]).toEqual([
      true,
      [expect.objectContaining({ severity: 'warning', code: 'similar_phase', pointer: '/phases/1/id' })],
    ]);
  });
});
