import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket, moveAlong } from '../../testkit/tickets';
import { ask, changesNothing, problemIn } from './wire';

/** 64 KiB, counted in UTF-8 as the artifacts are written without white space. */
const ARTIFACT_BYTES = 65_536;

let app: TestApp;
beforeAll(async () => (app = await startTestApp()));
afterAll(() => app.close());

describe('the largest accepted value', () => {
  /** A visible character can be several code points. The server counts code points, like PostgreSQL. */
  it.each([
    ['ASCII', 'x'.repeat(500)],
    ['astral characters', '🎟'.repeat(500)],
    ['characters with a variation selector', '🎟\ufe0f'.repeat(250)],
    ['a variation selector alone', '\ufe0f'.repeat(500)],
    ['combining marks', 'e\u0301'.repeat(250)],
    ['families', '👨\u200d👩\u200d👧\u200d👦'.repeat(71)],
    ['right-to-left marks and controls', '\u202e\u0001\u007f\u2028'.repeat(125)],
    ['one blank', ' '],
    ['not normalised text', 'A\u030a Å Å'],
  ])('a title of %s is returned unchanged', async (_, title) => {
    const ticket = await createTicket(app, { title });
    expect(ticket.title).toBe(title);
    const { body } = await app.api.get(`/api/v1/tickets/${ticket.id}`);
    expect(body.title).toBe(title);
  });

  it('description, reason and actor are returned unchanged', async () => {
    const ticket = await createTicket(app, { title: 'x', description: '漢'.repeat(100_000) });
    expect(ticket.description).toBe('漢'.repeat(100_000));
    expect((await createTicket(app, { title: 'x', description: '' })).description).toBe('');
    const move = { to_phase: 'BLOCKED', reason: '🎟'.repeat(10_000), transitioned_by: '🎟'.repeat(255) };
    await app.api.post(`/api/v1/tickets/${ticket.id}/transition`).send(move).expect(200);
    const { body } = await app.api.get(`/api/v1/tickets/${ticket.id}/phase-history`);
    expect(body[0]).toMatchObject({ transition_reason: move.reason, transitioned_by: move.transitioned_by });
  });

  it.each([
    ['ASCII', 'x'],
    ['two bytes', 'é'],
    ['three bytes', '漢'],
    ['four bytes', '🎟'],
  ])('artifacts of exactly 64 KiB of %s are returned unchanged', async (_, character) => {
    const { id } = await createTicket(app);
    const artifacts = sized(ARTIFACT_BYTES, character);
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'BLOCKED', artifacts }).expect(200);
    const { body } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect(body[0].artifacts).toEqual(artifacts);
  });

  it('artifacts with every kind of value and the maximum depth are returned unchanged', async () => {
    const { id } = await createTicket(app);
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 62; depth += 1) deep = depth % 2 ? [deep] : { deep };
    const numbers = [0, -1, 0.1, 1e-7, 5e-324, 1.7976931348623157, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const artifacts = { '': null, ' ': [], 'a/b~': {}, constructor: 1, prototype: 'x', toString: true, numbers, deep };
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'BLOCKED', artifacts }).expect(200);
    const { body } = await app.api.get(`/api/v1/tickets/${id}/phase-history`);
    expect(body[0].artifacts).toEqual(artifacts);
  });

  it('uses the last of duplicate fields, like JSON parsers', async () => {
    const answer = await ask(app, 'POST', '/api/v1/tickets', { body: '{"title":"first","title":"last"}' });
    expect([answer.status, JSON.parse(answer.body).title]).toEqual([201, 'last']);
  });

  it.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON',
    'application/json;',
  ])('accepts the content type %s', async (type) => {
    const answer = await ask(app, 'POST', '/api/v1/tickets', { body: '{"title":"Übergröße"}', type });
    expect([answer.status, JSON.parse(answer.body).title]).toEqual([201, 'Übergröße']);
  });

  it('accepts a chunked body, and a body after 100 Continue', async () => {
    const chunked = await ask(app, 'POST', '/api/v1/tickets', { body: '{"title":"x"}', chunked: true });
    expect(chunked.status).toBe(201);
    const expecting = { body: '{"title":"x"}', headers: { expect: '100-continue' } };
    expect((await ask(app, 'POST', '/api/v1/tickets', expecting)).status).toBe(201);
  });

  it('accepts an empty object where no body is needed', async () => {
    const { id } = await createTicket(app);
    expect((await ask(app, 'DELETE', `/api/v1/tickets/${id}`, { body: '{}' })).status).toBe(204);
    expect((await ask(app, 'POST', `/api/v1/tickets/${id}/restore`, { body: '{}' })).status).toBe(200);
  });
});

describe('one more than the maximum', () => {
  let id: string;
  beforeAll(async () => (id = (await createTicket(app)).id));
  changesNothing(() => app);

  it.each([
    ['ASCII', 'x'.repeat(501)],
    ['astral characters', '🎟'.repeat(501)],
    ['variation selectors', '🎟\ufe0f'.repeat(250) + '!'],
    ['variation selectors alone', '\ufe0f'.repeat(501)],
  ])('rejects a title of 501 characters of %s', async (_, title) => {
    const answer = await ask(app, 'POST', '/api/v1/tickets', { body: JSON.stringify({ title }) });
    problemIn(answer, 400, 'validation_failed');
  });

  it.each(['x', 'é', '漢', '🎟'])('rejects artifacts of 64 KiB and one byte of %s', async (character) => {
    const body = JSON.stringify({ to_phase: 'BLOCKED', artifacts: sized(ARTIFACT_BYTES + 1, character) });
    const answer = await ask(app, 'POST', `/api/v1/tickets/${id}/transition`, { body });
    const got = `got an object of ${ARTIFACT_BYTES + 1} bytes`;
    expect(problemIn(answer, 400, 'validation_failed')['errors']).toMatchObject([
      { pointer: '/artifacts', detail: expect.stringContaining(got) },
    ]);
  });

  it('rejects 65 levels of nesting', async () => {
    const body = `{"to_phase":"BLOCKED","artifacts":${'{"a":'.repeat(64)}1${'}'.repeat(64)}}`;
    problemIn(await ask(app, 'POST', `/api/v1/tickets/${id}/transition`, { body }), 400, 'validation_failed');
  });
});

it('the server still makes transitions after all rejected requests', async () => {
  await moveAlong(app, (await createTicket(app)).id, 'REQUIREMENTS', 'DESIGN');
});

/** An object that is exactly so many bytes of UTF-8 as JSON. */
function sized(bytes: number, character: string): Record<string, string> {
  const room = bytes - Buffer.byteLength('{"a":""}');
  const width = Buffer.byteLength(character);
  const a = character.repeat(Math.floor(room / width)) + 'x'.repeat(room % width);
  expect(Buffer.byteLength(JSON.stringify({ a }))).toBe(bytes);
  return { a };
}
