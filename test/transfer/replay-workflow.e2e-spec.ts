import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TicketDto } from '../../src/tickets/ticket.dto';
import { startTestApp, type TestApp } from '../../testkit/app';
import { countsOf, HEADER, ReplayProgram, ROOT, SAMPLE } from './replay-program';

const WORKFLOW = join(ROOT, 'examples/sample-workflow.json');
const PHASES = join(ROOT, 'examples/sample-phases.json');

/** Computed from log and workflow by a program that shares nothing with this one. */
const REPORT = {
  tickets: 11,
  tickets_blocked_first: 0,
  refused_creations: 1,
  refused_creations_by_phase: { parked: 1 },
  moves: { accepted: 51, refused: 5, skipped_same_phase: 0, skipped_same_state: 0, skipped_unmapped: 0 },
  refused_by_code: { illegal_transition: 3, guard_failed: 2 },
  refused_by_move: [
    { from: 'new', to: 'closed', code: 'guard_failed', count: 2 },
    { from: 'new', to: 'building', code: 'illegal_transition', count: 1 },
    { from: 'waiting', to: 'building', code: 'illegal_transition', count: 1 },
    { from: 'waiting', to: 'testing', code: 'illegal_transition', count: 1 },
  ],
  accepted_by_move: [
    { from: 'new', to: 'triaged', count: 8 },
    { from: 'triaged', to: 'designed', count: 8 },
    { from: 'designed', to: 'building', count: 7 },
    { from: 'building', to: 'testing', count: 6 },
    { from: 'releasing', to: 'closed', count: 3 },
    { from: 'testing', to: 'releasing', count: 3 },
    { from: 'waiting', to: 'new', count: 2 },
    { from: 'building', to: 'waiting', count: 1 },
    { from: 'closed', to: 'building', count: 1 },
    { from: 'designed', to: 'waiting', count: 1 },
    { from: 'new', to: 'waiting', count: 1 },
    { from: 'parked', to: 'triaged', count: 1 },
    { from: 'releasing', to: 'waiting', count: 1 },
    { from: 'testing', to: 'building', count: 1 },
    { from: 'testing', to: 'closed', count: 1 },
    { from: 'triaged', to: 'parked', count: 1 },
    { from: 'triaged', to: 'waiting', count: 1 },
    { from: 'waiting', to: 'building', count: 1 },
    { from: 'waiting', to: 'designed', count: 1 },
    { from: 'waiting', to: 'releasing', count: 1 },
    { from: 'waiting', to: 'triaged', count: 1 },
  ],
  rows: { read: 70, bad: 0, missing: 0, not_sent: 2 },
  errors: 0,
  errors_by_code: {},
  complete: true,
};

/** The sample's workflow, changed, in a file of its own. */
function writeWorkflow(changes: object): Promise<string> {
  const definition = JSON.parse(readFileSync(WORKFLOW, 'utf8')) as object;
  return program.write('workflow.json', JSON.stringify({ ...definition, ...changes }));
}

let program: ReplayProgram;
beforeAll(async () => (program = await ReplayProgram.create()));
afterAll(() => program.remove());

describe('replay --workflow', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startTestApp()));
  afterAll(() => app.close());

  const replay = (log: string, workflow: string) =>
    program.run(log, '--workflow', workflow, '--json', '--url', app.origin);
  const ticketsOf = async (query: string): Promise<TicketDto[]> =>
    (await app.api.get(`/api/v1/tickets?limit=200&${query}`).expect(200)).body as TicketDto[];

  it('sends every change of state and reports what was left out', async () => {
    const { code, stdout, stderr } = await replay(SAMPLE, WORKFLOW);
    expect(stderr.split('\n')).toEqual([
      'workflow coffee-machines: stored as version 1, with 1 warning',
      'replay is incomplete: 1 creations refused; 2 rows not sent',
      '',
    ]);
    expect([code, countsOf(stdout)]).toEqual([1, REPORT]);
    const tickets = await ticketsOf('workflow=coffee-machines');
    expect(tickets).toHaveLength(11);
    expect(tickets.every(({ workflow_version }) => workflow_version === 1)).toBe(true);
    const pump = tickets.find(({ title }) => title === 'Pump driver: new supplier, new firmware')!;
    expect([pump.phase_id, pump.transition_count]).toEqual(['building', 6]);
  });

  it('takes the version that is there, and stores another where the workflow differs', async () => {
    const [same, other] = [WORKFLOW, await writeWorkflow({ title: 'Coffee machines, and tea' })];
    const log = await program.write('log.csv', `${HEADER}A,1,,waiting,,ada,Born waiting\nA,2,waiting,new,,ada,\n`);
    const first = await replay(log, same);
    const second = await replay(log, other);
    const third = await replay(log, same);
    expect([first, second, third].map(({ stderr }) => stderr)).toEqual([
      'workflow coffee-machines: is version 1 already, with 1 warning\n',
      'workflow coffee-machines: stored as version 2, with 1 warning\n',
      'workflow coffee-machines: is version 1 already, with 1 warning\n',
    ]);
    expect([first, second, third].map(({ code }) => code)).toEqual([0, 0, 0]);
    const tickets = (await ticketsOf('sort=created_at')).filter(({ title }) => title === 'Born waiting');
    expect(tickets.map(({ workflow_version, phase_id }) => [workflow_version, phase_id])).toEqual([
      [1, 'new'],
      [2, 'new'],
      [1, 'new'],
    ]);
  });

  it('creates the tickets in the project whose workflow it is', async () => {
    await app.api.post('/api/v1/projects').send({ key: 'kitchen', title: 'Kitchen' }).expect(201);
    const workflow = await writeWorkflow({ key: 'kitchen-work', project: 'kitchen' });
    const log = await program.write('log.csv', `${HEADER}A,1,,new,,ada,Descale\nA,2,new,triaged,,ada,\n`);
    expect((await replay(log, workflow)).code).toBe(0);
    const [ticket, ...others] = await ticketsOf('project=kitchen');
    expect(others).toEqual([]);
    expect(ticket).toMatchObject({ title: 'Descale', workflow: 'kitchen-work', phase_id: 'triaged' });
  });

  it('counts states that the workflow does not have, however long, as refusals', async () => {
    const log = await program.write(
      'log.csv',
      `${HEADER}A,1,,new,,,\nA,2,new,${'x'.repeat(51)},,,\nA,3,?,nowhere,,,\nA,4,?,triaged,,,\nB,1,,${'y'.repeat(51)},,,\n`,
    );
    const { code, stdout } = await replay(log, WORKFLOW);
    expect(code).toBe(1);
    expect(countsOf(stdout)).toMatchObject({
      tickets: 1,
      refused_creations_by_phase: { ['y'.repeat(51)]: 1 },
      moves: { accepted: 1, refused: 2 },
      refused_by_code: { illegal_transition: 1, validation_failed: 1 },
      errors: 0,
    });
  });

  it('reports every problem of a workflow and sends nothing', async () => {
    const before = await ticketsOf('archived=all');
    const workflow = await writeWorkflow({ key: 'broken', initial: ['nowhere', 'new'], transitions: [] });
    const { code, stdout, stderr } = await replay(SAMPLE, workflow);
    expect([code, stdout]).toEqual([1, '']);
    const [head, ...findings] = stderr.trimEnd().split('\n');
    expect(head).toBe(`replay: the server refused the workflow ${workflow}: workflow_invalid`);
    const { body } = await app.api
      .post('/api/v1/workflows')
      .send(JSON.parse(readFileSync(workflow, 'utf8')) as object)
      .expect(400);
    expect(findings).toHaveLength(body.findings.length);
    expect(findings[0]).toMatch(/^ {2}error +unknown_phase +\/initial\/0 +.*"nowhere"/);
    expect(await ticketsOf('archived=all')).toEqual(before);
  });

  it('reports every invalid field of a workflow', async () => {
    const workflow = await writeWorkflow({ title: undefined, resume: 'perhaps' });
    const { code, stderr } = await replay(SAMPLE, workflow);
    expect(code).toBe(1);
    expect(stderr).toMatch(/: validation_failed\n {2}\/title +.+\n {2}\/resume +.+any.+\n$/);
  });
});

describe('replay --workflow, before anything starts', () => {
  it.each<[string, string[], string]>([
    ['neither file', [SAMPLE], 'error: expected one of --phases and --workflow, got neither'],
    [
      'both files',
      [SAMPLE, '--phases', PHASES, '--workflow', WORKFLOW],
      'error: expected one of --phases and --workflow, got both',
    ],
    ['a workflow that is not there', [SAMPLE, '--workflow', 'nowhere.json'], 'cannot read the workflow nowhere.json'],
    ['a workflow that is none', [SAMPLE, '--workflow', SAMPLE], 'is not valid JSON'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await program.run(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect(await program.serverDirectories()).toEqual([]);
  });
});
