import { DataSource } from 'typeorm';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';
import { defineWorkflow, HOSTILE } from '../../testkit/workflows';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await defineWorkflow(app, HOSTILE);
});
afterAll(() => app.close());

interface Problem {
  readonly code: string;
  readonly explanation_omitted?: true;
  readonly [member: string]: unknown;
}

const MODES: Record<string, { mode: string; keyed: boolean; status: number }> = {
  independent: { mode: 'independent', keyed: false, status: 200 },
  'independent with a key': { mode: 'independent', keyed: true, status: 200 },
  atomic: { mode: 'atomic', keyed: false, status: 422 },
  'atomic with a key': { mode: 'atomic', keyed: true, status: 422 },
};

describe('the explanations of a bulk', () => {
  /** Every explanation takes about 90 kB: 300 targets with long names. */
  const broad = {
    key: 'broad',
    title: 'Broad',
    initial: ['hub'],
    phases: [
      { id: 'hub', category: 'todo' },
      { id: 'end', category: 'done' },
      ...Array.from({ length: 300 }, (_, i) => ({ id: `${i} `.padEnd(50, '漢'), category: 'active' })),
    ],
    transitions: Array.from({ length: 300 }, (_, i) => `${i} `.padEnd(50, '漢')).flatMap((id) => [
      { from: 'hub', to: id },
      { from: id, to: 'end' },
    ]),
  };
  beforeAll(() => defineWorkflow(app, broad));

  it.each(Object.entries(MODES))('share 1 MiB in a request that is %s', async (name, { mode, keyed, status }) => {
    const { id } = await createTicket(app, { title: 'x', workflow: 'broad' });
    const items = Array.from({ length: 500 }, () => ({ ticket_id: id, to_phase: 'end' }));
    const send = () =>
      app.api
        .post('/api/v1/transitions')
        .set(keyed ? { 'idempotency-key': name.replaceAll(' ', '-') } : {})
        .send({ mode, items })
        .expect(status);
    const { body, text } = await send();
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024 + 500 * 600);
    const problems: Problem[] = (body.results ?? body.refused).map(({ problem }: { problem: Problem }) => problem);
    const first = problems.findIndex(({ explanation_omitted }) => explanation_omitted === true);
    expect(first).toBeGreaterThan(5);
    for (const problem of problems.slice(0, first)) {
      expect(problem).toMatchObject({ code: 'illegal_transition', shortest_path: [broad.phases[2]!.id, 'end'] });
      expect(problem['valid_transitions']).toHaveLength(300);
    }
    for (const { type: _, title: __, status: ___, detail, instance: ____, ...facts } of problems.slice(first)) {
      expect(detail).toBe('The ticket is in hub and cannot move to end.');
      expect(facts).toEqual({
        code: 'illegal_transition',
        from_phase: 'hub',
        to_phase: 'end',
        current: { phase: 'hub', version: 1 },
        explanation_omitted: true,
      });
    }
    if (keyed) expect((await send()).text).toBe(text);
  });

  it('say what is omitted also behind earlier transitions of a withdrawn request', async () => {
    const { id } = await createTicket(app, { title: 'x', workflow: 'broad' });
    const refused = Array.from({ length: 400 }, () => ({ ticket_id: id, to_phase: 'hub' }));
    const moved = { ticket_id: id, to_phase: broad.phases[2]!.id };
    const items = [...refused, moved, { ticket_id: id, to_phase: 'hub' }];
    const { body } = await app.api.post('/api/v1/transitions').send({ mode: 'atomic', items }).expect(422);
    expect(body.refused.at(-1).problem).toMatchObject({
      detail: expect.stringMatching(/^Judged after earlier transitions of this request, none of which was made: The/),
      judged_at: { phase: moved.to_phase, version: 2 },
      explanation_omitted: true,
    });
  });

  it('name the first twenty of many targets in the detail', async () => {
    const { id } = await createTicket(app, { title: 'x', workflow: 'broad' });
    const { body } = await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'end' }).expect(400);
    expect(body.detail).toMatch(/ or 280 more\. The shortest path to end is /);
    expect(body.valid_transitions).toHaveLength(300);
  });
});

describe('a workflow with more states than a search examines', () => {
  it('has no shortest path in a rejection, and all other explanations', async () => {
    const { id } = await createTicket(app, { title: 'x', workflow: 'hostile' });
    await app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase: 'step 0' }).expect(200);
    const refuse = (to_phase: string) => app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
    const { status, body } = await refuse('start');
    expect([status, body.shortest_path]).toEqual([400, undefined]);
    expect(body.valid_transitions).toEqual(['step 1', 'wait 0']);
    expect(body.detail).toBe(
      'The ticket is in step 0 and cannot move to start. Allowed transitions: step 1 or wait 0.',
    );
    expect((await refuse('step 2')).body.shortest_path).toEqual(['step 1', 'step 2']);
    expect((await refuse('STEP 2')).body.detail).toMatch(/has no phase STEP 2\. Did you mean step 2\?/);
  });
});

describe('expected_phase', () => {
  /** The statements that read events, with the number of rows that they can return. */
  async function readsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const statements: string[] = [];
    const source = app.nest.get(DataSource);
    const { logger } = source;
    source.logger = { ...logger, logQuery: (text: string) => void statements.push(text) } as typeof logger;
    await work();
    source.logger = logger;
    return statements.filter((text) => /FROM (ticket_events|phase_history)/.test(text));
  }

  it('reads the newest 101 events once for many items of one ticket', async () => {
    const { id } = await createTicket(app);
    const toAndFro = Array.from({ length: 150 }, (_, i) => ({
      ticket_id: id,
      to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG',
    }));
    await app.api.post('/api/v1/transitions').send({ items: toAndFro }).expect(200);
    const phases = ['DONE', 'BLOCKED', 'TESTING'];
    const items = Array.from({ length: 120 }, (_, i) => ({
      ticket_id: id,
      to_phase: 'REQUIREMENTS',
      expected_phase: phases[i % 3],
    }));
    let results: { problem: Problem }[] = [];
    const reads = await readsDuring(async () => {
      results = (await app.api.post('/api/v1/transitions').send({ items }).expect(200)).body.results;
    });
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatch(/ORDER BY event\.version DESC LIMIT 101$/);
    const listed = results
      .slice(0, 3)
      .map(({ problem }) => [problem['changes_since'], problem['changes_omitted']] as [{ version: number }[], unknown]);
    expect(listed.map(([changes, isOmitted]) => [changes.length, changes.at(-1)?.version, isOmitted])).toEqual([
      [100, 151, true],
      [1, 151, undefined],
      [100, 151, true],
    ]);
    expect(results.at(-1)!.problem).toMatchObject({
      code: 'version_conflict',
      current: { phase: 'BACKLOG', version: 151 },
      changes_since: [],
      changes_omitted: true,
      explanation_omitted: true,
    });
  });
});
