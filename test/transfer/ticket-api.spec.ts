import { HttpConnection } from '../../src/transfer/replay/http-connection';
import { type CommandResult, TicketApi } from '../../src/transfer/replay/ticket-api';
import { accepted, startStub, type StubAnswer, type StubServer } from './stub-server';

const RETRY_POLICY = { attempts: 3, firstWait: 1, longestWait: 50 };
const BUSY: StubAnswer = [503, { code: 'busy' }, { 'retry-after': '0' }];

/** A request of which these fields do not fit. */
function misfit(...pointers: string[]): StubAnswer {
  return [400, { code: 'validation_failed', detail: 'as it says', errors: pointers.map((pointer) => ({ pointer })) }];
}

let stub: StubServer;
let connection: HttpConnection;

/** An API in front of a server that gives these answers, one after the other, then accepts everything. */
async function apiWith(answers: StubAnswer[], signal = new AbortController().signal): Promise<TicketApi> {
  stub = await startStub((request) => answers.shift() ?? accepted(request));
  connection = new HttpConnection(stub.url, 4);
  return new TicketApi(connection, signal, RETRY_POLICY);
}

const CREATION = { title: 'Déjà vu 🚀', description: 'x', phase_id: 'BACKLOG' };

function create(api: TicketApi): Promise<CommandResult> {
  return api.createTicket(CREATION);
}

function move(api: TicketApi): Promise<CommandResult> {
  return api.transition('t-1', { to_phase: 'DESIGN', transitioned_by: 'ada' });
}

afterEach(async () => {
  connection.close();
  await stub.stop();
});

describe('TicketApi', () => {
  it('creates a ticket and moves it', async () => {
    const api = await apiWith([]);
    expect(await create(api)).toEqual({ kind: 'done', id: 'Déjà vu 🚀', phase: 'BACKLOG' });
    expect(await move(api)).toEqual({ kind: 'done', id: 't-1', phase: 'DESIGN' });
    expect(stub.requests).toEqual([
      { path: '/api/v1/tickets', body: CREATION },
      { path: '/api/v1/tickets/t-1/transition', body: { to_phase: 'DESIGN', transitioned_by: 'ada' } },
    ]);
  });

  it.each([
    [400, 'illegal_transition'],
    [409, 'ticket_archived'],
    [422, 'guard_failed'],
  ])('takes %i %s for a refusal', async (status, code) => {
    const api = await apiWith([[status, { code, from_phase: 'BACKLOG' }]]);
    expect(await move(api)).toEqual({ kind: 'refused', code, phase: 'BACKLOG' });
    expect(stub.requests).toHaveLength(1);
  });

  it('takes a phase in which no ticket may begin for a refusal', async () => {
    const api = await apiWith([misfit('/phase_id')]);
    expect(await create(api)).toEqual({ kind: 'refused', code: 'validation_failed' });
    expect(stub.requests).toHaveLength(1);
  });

  it('takes a phase that no phase could be called for a refusal', async () => {
    const api = await apiWith([misfit('/to_phase')]);
    expect(await move(api)).toEqual({ kind: 'refused', code: 'validation_failed' });
  });

  it.each<[string, StubAnswer]>([
    ['another field that does not fit', misfit('/title')],
    ['one besides', misfit('/phase_id', '/title')],
    ['none that is named', misfit()],
    ['a conflict', [409, { code: 'already_exists', detail: 'as it says' }]],
  ])('takes %s for an error of the creation', async (_, answer) => {
    const api = await apiWith([answer]);
    expect(await create(api)).toMatchObject({ kind: 'failed', detail: `status ${answer[0]}, as it says` });
  });

  it.each<[string, StubAnswer, string]>([
    ['a bad request', misfit('/to_phase', '/transitioned_by'), 'validation_failed'],
    ['a failure of the server', [500, { code: 'internal_error' }], 'internal_error'],
    ['an outcome the server does not know', [503, { code: 'outcome_unknown' }], 'outcome_unknown'],
    ['an answer that is no JSON', [502, '<html>'], 'http_502'],
    ['a yes without a ticket', [200, 'OK'], 'unexpected_answer'],
    ['a connection that is cut', 'cut', 'ECONNRESET'],
  ])('takes %s for an error and does not send again', async (_, answer, code) => {
    const api = await apiWith([answer]);
    expect(await move(api)).toMatchObject({ kind: 'failed', code });
    expect(stub.requests).toHaveLength(1);
    expect(api.retries).toBe(0);
  });

  it('sends again while the server is busy', async () => {
    const api = await apiWith([BUSY, [429, { code: 'too_many_requests' }]]);
    expect(await move(api)).toMatchObject({ kind: 'done' });
    expect(api.retries).toBe(2);
  });

  it('gives up a server that stays busy', async () => {
    const api = await apiWith([BUSY, BUSY, BUSY]);
    expect(await move(api)).toMatchObject({ kind: 'failed', code: 'busy' });
    expect(stub.requests).toHaveLength(3);
  });

  it('waits as long as the server asks for, within its patience', async () => {
    const api = await apiWith([[503, { code: 'busy' }, { 'retry-after': '3600' }]]);
    const started = performance.now();
    expect(await move(api)).toMatchObject({ kind: 'done' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(RETRY_POLICY.longestWait - 2);
  });

  it('does not wait when the run is interrupted', async () => {
    const controller = new AbortController();
    const api = await apiWith([BUSY], controller.signal);
    controller.abort();
    expect(await move(api)).toMatchObject({ kind: 'failed', code: 'busy' });
  });

  it('sends again what a closed port refused, then gives up', async () => {
    const api = await apiWith([]);
    await stub.stop();
    expect(await move(api)).toMatchObject({ kind: 'failed', code: 'ECONNREFUSED' });
    expect(api.retries).toBe(2);
    stub = await startStub(accepted);
  });

  it('has no more requests on the way than allowed', async () => {
    let [now, most] = [0, 0];
    stub = await startStub(async (request) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return accepted(request);
    });
    connection = new HttpConnection(stub.url, 4);
    const api = new TicketApi(connection, new AbortController().signal, RETRY_POLICY);
    await Promise.all(Array.from({ length: 20 }, () => move(api)));
    expect(most).toBe(4);
  });
});

describe('TicketApi.checkServer', () => {
  it('is content with the phases', async () => {
    const api = await apiWith([[200, { phases: [] }]]);
    await expect(api.checkServer('http://here')).resolves.toBeUndefined();
    expect(stub.requests[0]!.path).toBe('/api/v1/phases');
  });

  it('refuses another service', async () => {
    const api = await apiWith([[404, { code: 'route_not_found' }]]);
    await expect(api.checkServer('http://here')).rejects.toThrow(
      'http://here is not a Phaseline server: GET /api/v1/phases returned status 404 without a list of phases',
    );
  });

  it('reports an unreachable server', async () => {
    const api = await apiWith([]);
    await stub.stop();
    await expect(api.checkServer('http://here')).rejects.toThrow(
      'cannot reach the server at http://here: connect ECONNREFUSED',
    );
    stub = await startStub(accepted);
  });
});
