import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../testkit/workflows';
import { corrupt } from '../verify/sound-tickets';

let app: TestApp;
let sound: string;
beforeAll(async () => {
  app = await startTestApp();
  ({ id: sound } = await createTicket(app));
});
afterAll(() => app.close());

const move = (id: string, to_phase: string) => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
const BROKEN = (key: string, definition: string): string =>
  `UPDATE graphs SET definition = ${definition} WHERE workflow = '${key}'`;

interface Broken {
  readonly what: string;
  readonly key: string;
  /** Statements with {id} for the id of the ticket. */
  readonly sql: readonly string[];
  /** The workflow that the API names for the ticket. */
  readonly name?: { readonly workflow: string; readonly workflow_version: number };
}

const CASES: readonly Broken[] = [
  { what: 'a workflow without a definition', key: 'no-definition', sql: [BROKEN('no-definition', 'NULL')] },
  { what: 'a workflow whose definition is a list', key: 'a-list', sql: [BROKEN('a-list', `'[1]'`)] },
  {
    what: 'a workflow with an unknown requirement',
    key: 'requires-luck',
    sql: [BROKEN('requires-luck', `replace(definition::text, '"artifacts"', '"luck"')::json`)],
  },
  {
    what: 'a workflow whose phases are an object',
    key: 'an-object',
    sql: [BROKEN('an-object', `'{"key":"an-object","title":"x","phases":{}}'`)],
  },
  {
    what: 'a graph that does not exist',
    key: 'no-graph',
    sql: [`UPDATE tickets SET graph_id = 99 WHERE id = '{id}'`],
    name: { workflow: 'graph 99', workflow_version: 0 },
  },
];

describe.each(CASES)('a ticket under $what', ({ key, sql, name = { workflow: key, workflow_version: 1 } }) => {
  let id: string;
  beforeAll(async () => {
    await defineWorkflow(app, { ...CHORES, key });
    ({ id } = await createTicket(app, { title: 'Sweep', workflow: key, phase_id: 'open' }));
    await moveAlong(app, id, 'triaged');
    const check = 'ALTER TABLE graphs DROP CONSTRAINT IF EXISTS graphs_definition_check';
    await corrupt(app.database, check, ...sql.map((text) => text.replaceAll('{id}', id)));
    await restart();
  });

  it('is listed beside others', async () => {
    const { body } = await app.api.get('/api/v1/tickets?limit=200').expect(200);
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ id, ...name, phase_id: 'triaged' })]));
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ id: sound, workflow: 'sdlc' })]));
  });

  it.each(['', '/events', '/phase-history', '/phase-history/visits'])('answers GET /tickets/{id}%s', async (path) => {
    await app.api.get(`/api/v1/tickets/${id}${path}`).expect(200);
  });

  // The constraints check an edit against the graph.
  const isStored = name.workflow === key;
  if (isStored)
    it('can be edited', async () => {
      const { body } = await app.api.patch(`/api/v1/tickets/${id}`).send({ title: 'Mop' }).expect(200);
      expect(body).toMatchObject({ ...name, title: 'Mop' });
    });

  it('cannot be moved, and the response names the workflow version', async () => {
    const expected = { code: 'workflow_unusable', detail: expect.stringContaining('npm run verify') };
    expect((await move(id, 'doing').expect(409)).body).toMatchObject(expected);
    const options = await app.api.get(`/api/v1/tickets/${id}/valid-transitions`).expect(409);
    expect(options.body).toMatchObject(expected);
  });

  it('does not keep other tickets of a request from moving', async () => {
    const { id: other } = await createTicket(app);
    const items = [id, other].map((ticket_id) => ({ ticket_id, to_phase: 'REQUIREMENTS' }));
    const { body } = await app.api.post('/api/v1/transitions').send({ mode: 'independent', items }).expect(200);
    expect(body.results).toMatchObject([{ problem: { code: 'workflow_unusable' } }, { status: 'ok' }]);
  });

  it('does not keep workflows from being listed', async () => {
    const { body } = await app.api.get('/api/v1/workflows').expect(200);
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ key: 'sdlc', phases: 8 })]));
  });
});

/** A server that has not compiled the workflows before they broke. */
async function restart(): Promise<void> {
  const { database } = app;
  await app.nest.close();
  app = { ...(await startTestApp(database)), database };
}
