import { join } from 'node:path';
import type { PhaseHistoryDto } from '../../src/phases/phase.dto';
import type { TicketDto } from '../../src/tickets/ticket.dto';
import type { ReplayReport } from '../../src/transfer/replay/report';
import { startTestApp, type TestApp } from '../../testkit/app';
import { eventually } from '../../testkit/eventually';
import { makeKey } from '../../testkit/keys';
import { pathInLog } from '../../testkit/real-logs';
import { countsOf, HEADER, ReplayProgram, ROOT, SAMPLE } from './replay-program';

const SAMPLE_PHASES = join(ROOT, 'examples/sample-phases.json');

/** Computed, like the next, from log and graph by a program that shares nothing with this one. */
const SAMPLE_REPORT = {
  tickets: 12,
  tickets_blocked_first: 1,
  refused_creations: 0,
  refused_creations_by_phase: {},
  moves: { accepted: 49, refused: 7, skipped_same_phase: 1, skipped_same_state: 0, skipped_unmapped: 2 },
  refused_by_code: { illegal_transition: 7 },
  refused_by_move: [
    { from: 'BACKLOG', to: 'DONE', code: 'illegal_transition', count: 2 },
    { from: 'BACKLOG', to: 'IMPLEMENTATION', code: 'illegal_transition', count: 1 },
    { from: 'BLOCKED', to: 'IMPLEMENTATION', code: 'illegal_transition', count: 1 },
    { from: 'BLOCKED', to: 'TESTING', code: 'illegal_transition', count: 1 },
    { from: 'DONE', to: 'IMPLEMENTATION', code: 'illegal_transition', count: 1 },
    { from: 'TESTING', to: 'DONE', code: 'illegal_transition', count: 1 },
  ],
  accepted_by_move: [
    { from: 'REQUIREMENTS', to: 'DESIGN', count: 9 },
    { from: 'BACKLOG', to: 'REQUIREMENTS', count: 8 },
    { from: 'DESIGN', to: 'IMPLEMENTATION', count: 7 },
    { from: 'IMPLEMENTATION', to: 'TESTING', count: 6 },
    { from: 'DEPLOYMENT', to: 'DONE', count: 3 },
    { from: 'TESTING', to: 'DEPLOYMENT', count: 3 },
    { from: 'BACKLOG', to: 'BLOCKED', count: 2 },
    { from: 'BLOCKED', to: 'BACKLOG', count: 2 },
    { from: 'BLOCKED', to: 'DEPLOYMENT', count: 1 },
    { from: 'BLOCKED', to: 'DESIGN', count: 1 },
    { from: 'BLOCKED', to: 'IMPLEMENTATION', count: 1 },
    { from: 'BLOCKED', to: 'REQUIREMENTS', count: 1 },
    { from: 'DEPLOYMENT', to: 'BLOCKED', count: 1 },
    { from: 'DESIGN', to: 'BLOCKED', count: 1 },
    { from: 'IMPLEMENTATION', to: 'BLOCKED', count: 1 },
    { from: 'REQUIREMENTS', to: 'BLOCKED', count: 1 },
    { from: 'TESTING', to: 'IMPLEMENTATION', count: 1 },
  ],
  rows: { read: 70, bad: 0, missing: 0, not_sent: 0 },
  errors: 0,
  errors_by_code: {},
  complete: true,
};

const KEPS_REPORT = {
  tickets: 656,
  tickets_blocked_first: 1,
  refused_creations: 0,
  refused_creations_by_phase: {},
  moves: { accepted: 553, refused: 305, skipped_same_phase: 13, skipped_same_state: 0, skipped_unmapped: 0 },
  refused_by_code: { illegal_transition: 305 },
  refused_by_move: [
    { from: 'REQUIREMENTS', to: 'IMPLEMENTATION', code: 'illegal_transition', count: 48 },
    { from: 'REQUIREMENTS', to: 'DONE', code: 'illegal_transition', count: 42 },
    { from: 'REQUIREMENTS', to: 'TESTING', code: 'illegal_transition', count: 41 },
    { from: 'IMPLEMENTATION', to: 'DONE', code: 'illegal_transition', count: 36 },
    { from: 'DESIGN', to: 'DONE', code: 'illegal_transition', count: 35 },
    { from: 'REQUIREMENTS', to: 'DEPLOYMENT', code: 'illegal_transition', count: 26 },
    { from: 'TESTING', to: 'DONE', code: 'illegal_transition', count: 19 },
    { from: 'IMPLEMENTATION', to: 'DEPLOYMENT', code: 'illegal_transition', count: 18 },
    { from: 'DESIGN', to: 'DEPLOYMENT', code: 'illegal_transition', count: 14 },
    { from: 'DESIGN', to: 'TESTING', code: 'illegal_transition', count: 12 },
    { from: 'DONE', to: 'DEPLOYMENT', code: 'illegal_transition', count: 5 },
    { from: 'DEPLOYMENT', to: 'TESTING', code: 'illegal_transition', count: 3 },
    { from: 'IMPLEMENTATION', to: 'REQUIREMENTS', code: 'illegal_transition', count: 3 },
    { from: 'DESIGN', to: 'REQUIREMENTS', code: 'illegal_transition', count: 1 },
    { from: 'DONE', to: 'TESTING', code: 'illegal_transition', count: 1 },
    { from: 'TESTING', to: 'REQUIREMENTS', code: 'illegal_transition', count: 1 },
  ],
  accepted_by_move: [
    { from: 'IMPLEMENTATION', to: 'TESTING', count: 198 },
    { from: 'TESTING', to: 'DEPLOYMENT', count: 136 },
    { from: 'DEPLOYMENT', to: 'DONE', count: 118 },
    { from: 'DESIGN', to: 'IMPLEMENTATION', count: 79 },
    { from: 'TESTING', to: 'IMPLEMENTATION', count: 11 },
    { from: 'REQUIREMENTS', to: 'DESIGN', count: 10 },
    { from: 'BACKLOG', to: 'BLOCKED', count: 1 },
  ],
  rows: { read: 1526, bad: 0, missing: 0, not_sent: 0 },
  errors: 0,
  errors_by_code: {},
  complete: true,
};

let program: ReplayProgram;
beforeAll(async () => (program = await ReplayProgram.create()));
afterAll(() => program.remove());

describe('replay, with an application of its own', () => {
  it('replays the sample and leaves nothing behind', async () => {
    const { code, stdout, stderr } = await program.run(SAMPLE, '--phases', SAMPLE_PHASES);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'starting the application on a temporary directory\n' });
    expect(stdout).toMatch(/tickets created +12\n/);
    expect(stdout).toMatch(/BLOCKED +→ +IMPLEMENTATION +1 +1\n/);
    expect(await program.serverDirectories()).toEqual([]);
  });

  it('counts the same however many requests are on the way', async () => {
    for (const concurrency of ['1', '32']) {
      const { stdout } = await program.run(SAMPLE, '--phases', SAMPLE_PHASES, '--json', '--concurrency', concurrency);
      expect(countsOf(stdout)).toEqual(SAMPLE_REPORT);
    }
  });

  it('replays the Kubernetes enhancement proposals with the expected counts', async () => {
    const [log, phases] = [pathInLog('k8s-keps', 'events.csv.gz'), pathInLog('k8s-keps', 'summary.json')];
    const { code, stdout } = await program.run(log, '--phases', phases, '--json');
    expect(code).toBe(0);
    expect(countsOf(stdout)).toEqual(KEPS_REPORT);
  });

  it('tidies up on Ctrl-C, and reports what it did until then', async () => {
    const rows = Array.from({ length: 100_000 }, (_, n) => `T${n},1,,new,,ada,\n`).join('');
    const log = await program.write('log.csv', HEADER + rows);
    const { child, ended, stderr: soFar } = program.start(log, '--phases', SAMPLE_PHASES, '--json');
    await eventually(() => /%  [\d,]+ tickets/.test(soFar()));
    expect(await program.serverDirectories()).toHaveLength(1);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('interrupted') });
    const { tickets, rows: fates, errors, complete } = JSON.parse(stdout) as ReplayReport;
    expect({ left: fates.read - tickets - fates.not_sent, errors, complete }).toEqual({
      left: 0,
      errors: 0,
      complete: false,
    });
    expect(await program.serverDirectories()).toEqual([]);
  });

  it('tidies up on Ctrl-C while its application starts, too', async () => {
    const { child, ended, stderr: soFar } = program.start(SAMPLE, '--phases', SAMPLE_PHASES);
    await eventually(() => soFar() !== '');
    child.kill('SIGINT');
    expect(await ended).toEqual({
      code: 130,
      stdout: '',
      stderr: 'starting the application on a temporary directory\nreplay: interrupted while the application started\n',
    });
    expect(await program.serverDirectories()).toEqual([]);
  });
});

describe('replay --url', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  async function historyOf(title: string): Promise<[string, string, string][]> {
    const tickets = (await app.api.get('/api/v1/tickets?limit=200').expect(200)).body as TicketDto[];
    const { id } = tickets.find((ticket) => ticket.title === title)!;
    const history = (await app.api.get(`/api/v1/tickets/${id}/phase-history`).expect(200)).body as PhaseHistoryDto[];
    return history.map(({ from_phase, to_phase, transitioned_by }) => [from_phase, to_phase, transitioned_by]);
  }

  it('moves the tickets of a running server as the log says', async () => {
    const { code, stdout, stderr } = await program.run(
      SAMPLE,
      '--phases',
      SAMPLE_PHASES,
      '--json',
      '--url',
      app.origin,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(countsOf(stdout)).toEqual(SAMPLE_REPORT);
    expect(await historyOf('Pump driver: new supplier, new firmware')).toEqual([
      ['BACKLOG', 'BLOCKED', 'tomas'],
      ['BLOCKED', 'BACKLOG', 'tomas'],
      ['BACKLOG', 'REQUIREMENTS', 'mara'],
      ['REQUIREMENTS', 'DESIGN', 'tomas'],
      ['DESIGN', 'BLOCKED', 'tomas'],
      ['BLOCKED', 'DESIGN', 'tomas'],
      ['DESIGN', 'IMPLEMENTATION', 'agent-7'],
    ]);
    expect(await historyOf('BREW-7')).toHaveLength(2);
    expect(await historyOf('Café crème, "lungo", and other names')).toHaveLength(2);
  });

  it('takes the address of the API, too', async () => {
    const { code } = await program.run(SAMPLE, '--phases', SAMPLE_PHASES, '--url', `${app.origin}/api/v1`);
    expect(code).toBe(0);
  });

  it('reports bad rows with their lines, goes on, and says that the run is incomplete', async () => {
    const log = await program.write(
      'log.csv',
      `${HEADER}A,1,,new,,ada,First\nA,x,new,triaged,,ada,First\nB,1\nC,1,,new,,a"b,\nA,2,new,triaged,,ada,First\n` +
        'D,2,new,triaged,,,\n',
    );
    const { code, stdout, stderr } = await program.run(log, '--phases', SAMPLE_PHASES, '--json', '--url', app.origin);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'line 3: seq must be a whole number from 1, got "x"',
      'line 4: expected 7 columns, got 2',
      'line 5: an unquoted field contains a quote',
      'line 7: D: seq 1 is missing',
      'replay is incomplete: 3 bad rows; 1 rows missing from the log',
      '',
    ]);
    expect(countsOf(stdout)).toMatchObject({
      tickets: 2,
      moves: { accepted: 1 },
      rows: { read: 6, bad: 3, missing: 1, not_sent: 0 },
      complete: true,
    });
  });

  it('makes titles and actors fit', async () => {
    const [title, actor] = ['🚀'.repeat(600), 'é'.repeat(300)];
    const log = await program.write('log.csv', `${HEADER}L,1,,new,,${actor},${title}\nL,2,new,triaged,,${actor},\n`);
    expect(await program.run(log, '--phases', SAMPLE_PHASES, '--url', app.origin)).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await historyOf(`${'🚀'.repeat(499)}…`)).toEqual([['BACKLOG', 'REQUIREMENTS', `${'é'.repeat(254)}…`]]);
  });
});

describe('replay --url, where a key is needed', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp(undefined, { authentication: true });
  });
  afterAll(() => app.close());

  const run = async (key: string) => {
    const keyed = await ReplayProgram.create(key === '' ? {} : { PHASELINE_API_KEY: key });
    return keyed.run(SAMPLE, '--phases', SAMPLE_PHASES, '--url', app.origin).finally(() => keyed.remove());
  };

  it('shows the key of the environment', async () => {
    expect(await run(await makeKey(app))).toMatchObject({ code: 0, stderr: '' });
  });

  it.each([
    ['without one', ''],
    ['with one that is not valid', `pl_${'x'.repeat(43)}`],
  ])('says what is due %s', async (_, key) => {
    const { code, stderr } = await run(key);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^replay: http:.* requires authentication: .+ Set PHASELINE_API_KEY to an API key with the role admin\.\n$/,
      ),
    ]);
    expect(stderr).not.toContain('xxxx');
  });

  it('says why the key of a worker makes no moves in the names of others', async () => {
    const { code, stdout, stderr } = await run(await makeKey(app, { role: 'worker' }));
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('forbidden')]);
  });
});

describe('replay, before anything starts', () => {
  it.each<[string, string[], string]>([
    ['an unknown option', [SAMPLE, '--phases', SAMPLE_PHASES, '--fast'], "error: unknown option '--fast'"],
    ['no log', ['--phases', SAMPLE_PHASES], "error: missing required argument 'EVENTS.csv[.gz]'"],
    ['a log that is not there', ['nowhere.csv', '--phases', SAMPLE_PHASES], 'replay: cannot open the file nowhere.csv'],
    ['a file that is no log', [SAMPLE_PHASES, '--phases', SAMPLE_PHASES], 'has the wrong header'],
    ['a phase map that is none', [SAMPLE, '--phases', SAMPLE], 'is not valid JSON'],
    ['a bad address', [SAMPLE, '--phases', SAMPLE_PHASES, '--url', 'here'], 'expected an address such as'],
    [
      'no requests',
      [SAMPLE, '--phases', SAMPLE_PHASES, '--concurrency', '0'],
      'expected a whole number from 1 to 1000',
    ],
    [
      'no server',
      [SAMPLE, '--phases', SAMPLE_PHASES, '--url', 'http://127.0.0.1:9'],
      'replay: cannot reach the server',
    ],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await program.run(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('explains itself', async () => {
    const { code, stdout } = await program.run('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('ticket_id,seq,from_state,to_state,at,actor,title');
    expect(stdout).toContain('--concurrency');
  });
});
