import { BUDGETS } from '../../src/http/server/limits';
import { startTestApp, type TestApp } from '../../testkit/app';
import { makeKey, withKey } from '../../testkit/keys';
import { CHORES } from '../../testkit/workflows';

let app: TestApp;
let admin: TestApp;
let ofProject: TestApp;
let projectId: string;
beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  admin = withKey(app, await makeKey(app));
  projectId = (await admin.api.post('/api/v1/projects').send({ key: 'full', title: 'Full' }).expect(201)).body.id;
  ofProject = withKey(app, await makeKey(app, { projectId }));
});
afterAll(() => app.close());

it('an admin of a project creates a bounded number of keys, revoked ones included', async () => {
  await app.database.query(
    `INSERT INTO api_keys (id, name, prefix, hash, actor_kind, role, project_id, revoked_at)
       SELECT gen_random_uuid(), 'old ' || i, 'pl_x', sha256(i::text::bytea), 'agent', 'viewer', $1, now()
         FROM generate_series(1, $2) i`,
    [projectId, BUDGETS.projectKeys - 2],
  );
  const create = (caller: TestApp, name: string) =>
    caller.api.post('/api/v1/api-keys').send({ name, actor_kind: 'agent', role: 'worker', project: 'full' });
  await create(ofProject, 'the last').expect(201);
  const { status, body } = await create(ofProject, 'one more');
  expect([status, body.code]).toEqual([409, 'limit_reached']);
  expect(body.detail).toBe(
    'The project has 10000 API keys, revoked ones included, which is the limit. ' +
      'An admin of all projects can create further ones.',
  );
  await create(admin, 'by an admin of all projects').expect(201);
});

it('an admin of a project creates a bounded number of workflow versions', async () => {
  const create = (caller: TestApp, title: string) =>
    caller.api.post('/api/v1/workflows').send({ ...CHORES, key: 'many', title, project: 'full' });
  await create(ofProject, 'the first').expect(201);
  await app.database.query(
    `WITH texts AS (
       SELECT workflow, i AS version, replace(definition::text, 'the first', 'number ' || i) AS text
         FROM graphs, generate_series(2, $1) i WHERE workflow = 'many'),
     made AS (
       INSERT INTO graphs (workflow, version, definition, digest)
         SELECT workflow, version, text::json, sha256(convert_to(text, 'UTF8')) FROM texts ORDER BY version
         RETURNING id, definition)
     INSERT INTO graph_edges (graph_id, from_phase, to_phase)
       SELECT id, edge->>'from', edge->>'to' FROM made, json_array_elements(definition->'transitions') edge`,
    [BUDGETS.projectVersions - 1],
  );
  await create(ofProject, 'the last').expect(201);
  const { status, body } = await create(ofProject, 'one more');
  expect([status, body.code]).toEqual([409, 'limit_reached']);
  await create(ofProject, 'the last').expect(200);
  const { body: latest } = await admin.api.get('/api/v1/workflows/many').expect(200);
  expect(latest.version).toBe(BUDGETS.projectVersions);
  await create(admin, 'by an admin of all projects').expect(201);
});
