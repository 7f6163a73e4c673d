import { exportDatabase, ExportProgress, type ExportOptions } from '../../../src/transfer/export/export-database';
import { EVERYTHING, type ExportFilters } from '../../../src/transfer/export/export-format';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { corrupt } from '../../verify/sound-tickets';
import { createWorld, LATE, type World } from './world';

let database: TestDatabase;
let world: World;
beforeAll(async () => ({ database, world } = await createWorld()));
afterAll(() => database.drop());

interface Line extends Record<string, unknown> {
  readonly type: string;
  readonly id?: string;
  readonly ticket_id?: string;
}

async function textOf(options?: ExportOptions, from = database): Promise<string> {
  let text = '';
  for await (const block of exportDatabase(from.url, options)) text += block;
  return text;
}

async function linesOf(filters: Partial<ExportFilters> = {}): Promise<Line[]> {
  const text = await textOf({ filters: { ...EVERYTHING, ...filters } });
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

const only = (lines: Line[], type: string): Line[] => lines.filter((line) => line.type === type);

describe('an export of everything', () => {
  it('of a new database is what every database has', async () => {
    const empty = await createTestDatabase();
    try {
      const [header, project, workflow, graph, end, ...rest] = (await textOf({}, empty)).split('\n');
      expect(header).toBe('{"type":"phaseline_export","version":1,"project":null,"workflow":null,"since":null}');
      expect(project).toBe(
        '{"type":"project","id":"00000000-0000-7000-8000-000000000001","key":"default","title":"Default project","created_at":null,"archived_at":null}',
      );
      expect(workflow).toBe('{"type":"workflow","key":"sdlc","project":null,"created_at":null}');
      const { definition, edges, digest, ...version } = JSON.parse(graph!);
      const none = { created_at: null, from_workflow: null, from_version: null, to_workflow: null, to_version: null };
      expect(version).toEqual({ type: 'graph', workflow: 'sdlc', version: 1, kind: 'workflow', ...none });
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect([definition.key, edges.length, edges[0]]).toEqual(['sdlc', 19, ['BACKLOG', 'BLOCKED']]);
      expect(end).toBe('{"type":"end","projects":1,"workflows":1,"graphs":1,"tickets":0,"moves":0,"events":0}');
      expect(rest).toEqual(['']);
    } finally {
      await empty.drop();
    }
  });

  it('has every row of every table that it is of, in the columns that the table has', async () => {
    const lines = await linesOf();
    const local: Record<string, string[]> = {
      projects: [],
      workflows: [],
      graphs: ['id'],
      tickets: [],
      phase_history: [],
      ticket_events: ['tx'],
    };
    const types = ['project', 'workflow', 'graph', 'ticket', 'move', 'event'];
    const names: Record<string, string[]> = {
      project_id: ['project'],
      graph_id: ['workflow', 'workflow_version'],
      from_graph_id: ['from_workflow', 'from_version'],
      to_graph_id: ['to_workflow', 'to_version'],
    };
    for (const [i, [table, left]] of Object.entries(local).entries()) {
      const [counted] = await database.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`);
      const columns = await database.query<{ name: string }>(
        `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0`,
      );
      const written = columns.filter(({ name }) => !left.includes(name)).flatMap(({ name }) => names[name] ?? [name]);
      const own = only(lines, types[i]!);
      expect([table, own.length]).toEqual([table, counted!.rows]);
      const { type: _, event_type, edges, ...fields } = own[0]!;
      if (event_type !== undefined) fields['type'] = event_type;
      expect(Object.keys(fields).sort()).toEqual(written.sort());
      expect(edges !== undefined).toBe(table === 'graphs');
    }
  });

  it('is sorted, each ticket with its past behind it, and counted at the end', async () => {
    const lines = await linesOf();
    expect(only(lines, 'project').map(({ key }) => key)).toEqual(['default', 'empty', 'website']);
    expect(only(lines, 'workflow').map(({ key }) => key)).toEqual(['chores', 'sdlc', 'unused']);
    expect(only(lines, 'graph').map(({ workflow, version }) => `${workflow} ${version}`)).toEqual([
      'chores 1',
      'chores 2',
      'sdlc 1',
      'unused 1',
      'chores 1→2 1',
    ]);
    const ids = only(lines, 'ticket').map(({ id }) => id!);
    expect(ids).toEqual([...ids].sort());
    const worked = lines.findIndex(({ id }) => id === world.worked);
    const past = lines.slice(worked + 1).slice(0, 6 + 8);
    expect(past.map(({ type, sequence, version }) => [type, type === 'move' ? sequence : version])).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((n) => ['move', n]),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => ['event', n]),
    ]);
    const counts = { projects: 3, workflows: 3, graphs: 5, tickets: 9 };
    expect(lines.at(-1)).toEqual({
      type: 'end',
      ...counts,
      moves: only(lines, 'move').length,
      events: expect.any(Number),
    });
  });

  it('gives the same bytes again, and other sessions in other languages and time zones do, too', async () => {
    const text = await textOf();
    await database.query(`SET TIME ZONE 'Asia/Kathmandu'`);
    await database.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET TimeZone = 'Asia/Kathmandu'`);
    await database.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET DateStyle = 'German'`);
    expect(await textOf()).toBe(text);
  });

  it('has texts as they are, and artifacts as the database writes them, whatever numbers are in them', async () => {
    const lines = await linesOf();
    expect(lines.find(({ id }) => id === world.worked)).toMatchObject({
      title: '"Ü\t漢字 🎟️\u2028',
      project: 'website',
      priority: 'CRITICAL',
      resume_phase_id: 'DESIGN',
      version: 8,
    });
    const text = await textOf();
    expect(text).toContain('"description":"two\\r\\nlines');
    const large = `"artifacts":{"n": {"a": null, "b": []}, "text": "ü\\n\\"🎟️\u2028", "tiny": 0.000000000000000000000000000001, "number": 12345678901234567890.123456789},"kind":"transition","workflow":"sdlc","workflow_version":1`;
    expect(text).toContain(large);
    expect(text).toContain(`"phase_entered_at":"${LATE}"`);
  });

  it('has plans by the versions that they lead between', async () => {
    const plan = only(await linesOf(), 'graph').find(({ kind }) => kind === 'migration');
    expect(plan).toMatchObject({ definition: null, digest: null, from_workflow: 'chores', from_version: 1 });
    expect(plan).toMatchObject({ to_workflow: 'chores', to_version: 2 });
    expect((plan!['edges'] as string[][]).slice(0, 2)).toEqual([
      ['auf Eis 🧊', 'auf Eis 🧊'],
      ['doing', 'building'],
    ]);
  });
});

describe('an export of a part', () => {
  const keysOf = (lines: Line[]) => ({
    projects: only(lines, 'project').map(({ key }) => key),
    workflows: only(lines, 'workflow').map(({ key }) => key),
    graphs: only(lines, 'graph').length,
    tickets: only(lines, 'ticket').map(({ id }) => id),
  });

  it('says in its first line what was asked for', async () => {
    const since = '2026-01-01T00:00:00.000Z';
    const [header] = await linesOf({ project: 'website', workflow: 'sdlc', since });
    expect(header).toEqual({ type: 'phaseline_export', version: 1, project: 'website', workflow: 'sdlc', since });
  });

  it('of a project has its tickets, and the workflows that these need or it has', async () => {
    expect(keysOf(await linesOf({ project: 'website' }))).toEqual({
      projects: ['website'],
      workflows: ['sdlc', 'unused'],
      graphs: 2,
      tickets: [world.worked],
    });
    expect(keysOf(await linesOf({ project: 'empty' }))).toEqual({
      projects: ['empty'],
      workflows: [],
      graphs: 0,
      tickets: [],
    });
  });

  it('of a workflow has its tickets of all versions, their projects and the plans', async () => {
    const lines = await linesOf({ workflow: 'chores' });
    expect(keysOf(lines)).toEqual({
      projects: ['default'],
      workflows: ['chores'],
      graphs: 3,
      tickets: [world.renamed, world.paused, world.kept, world.left].sort(),
    });
    expect(lines.at(-1)).toMatchObject({ tickets: 4, moves: 4 + 5 + 0 + 1, events: 5 + 7 + 2 + 3 });
    expect(keysOf(await linesOf({ workflow: 'unused' }))).toMatchObject({ projects: ['website'], tickets: [] });
  });

  it('of a workflow and a project has what is of both', async () => {
    const both = keysOf(await linesOf({ project: 'website', workflow: 'chores' }));
    expect(both).toEqual({ projects: ['website'], workflows: ['chores'], graphs: 3, tickets: [] });
  });

  it('since a time has the tickets that have changed since, each with all of its past', async () => {
    const lines = await linesOf({ since: LATE });
    expect(keysOf(lines)).toMatchObject({ projects: ['default', 'empty', 'website'], tickets: [world.elsewhere] });
    expect(lines.at(-1)).toMatchObject({ tickets: 1, moves: 1, events: 2, workflows: 3, graphs: 5 });
    expect(keysOf(await linesOf({ since: '2037-01-01T00:00:00.121Z' })).tickets).toEqual([]);
  });

  it('rejects an unknown key and lists the existing ones', async () => {
    await expect(linesOf({ project: 'sdlc' })).rejects.toThrow(
      'The project "sdlc" does not exist. Existing projects: default, empty, website.',
    );
    await expect(linesOf({ workflow: 'website' })).rejects.toThrow(
      'The workflow "website" does not exist. Existing workflows: chores, sdlc, unused.',
    );
  });
});

describe('an export beside others', () => {
  it('exports one snapshot and blocks no client', async () => {
    const before = await textOf();
    let text = '';
    for await (const block of exportDatabase(database.url)) {
      if (text === '') {
        await database.query(`SET lock_timeout = '2s'`);
        await database.query(`BEGIN`);
        await database.query(`UPDATE tickets SET title = 'Later', version = version + 1 WHERE id = '${world.still}'`);
        await database.query(
          `INSERT INTO tickets (id, title, initial_phase_id, phase_id) VALUES (gen_random_uuid(), 'x', 'DONE', 'DONE')`,
        );
        await database.query(`INSERT INTO projects (id, key, title) VALUES (gen_random_uuid(), 'later', 'x')`);
      }
      text += block;
    }
    await database.query('ROLLBACK');
    expect(text).toBe(before);
  });

  it('ends when the signal aborts', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const blocks = exportDatabase(database.url, { signal: abort.signal });
    await blocks.next();
    abort.abort(reason);
    await expect(
      (async () => {
        for await (const _ of blocks);
      })(),
    ).rejects.toBe(reason);
    await expect(exportDatabase(database.url, { signal: abort.signal }).next()).rejects.toBe(reason);
  });

  it('ends when the signal aborts during the connection', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const first = exportDatabase(database.url, { signal: abort.signal }).next();
    abort.abort(reason);
    await expect(first).rejects.toBe(reason);
  });
});

describe('an export of what should not be', () => {
  it('names the row with a time that cannot be written', async () => {
    for (const time of ['infinity', '12026-01-01T00:00:00Z', '0044-03-15T00:00:00Z BC']) {
      const [still] = await database.query<{ created: string }>(
        `SELECT created_at::text AS created FROM tickets WHERE id = '${world.still}'`,
      );
      await corrupt(database, `UPDATE tickets SET created_at = '${time}' WHERE id = '${world.still}'`);
      await expect(textOf()).rejects.toThrow(new RegExp(`^A time is infinite.*"id":"${world.still}"`));
      await corrupt(database, `UPDATE tickets SET created_at = '${still!.created}' WHERE id = '${world.still}'`);
    }
    await expect(textOf()).resolves.toContain(world.still);
  });

  it('leaves out events of tickets that do not exist, and counts them', async () => {
    const before = await textOf();
    await corrupt(
      database,
      `INSERT INTO ticket_events (ticket_id, version, type) VALUES ('ffffffff-ffff-7fff-8fff-ffffffffffff', 1, 'created')`,
    );
    const progress = new ExportProgress();
    expect(await textOf({ progress })).toBe(before);
    expect([progress.orphans, progress.counts.tickets, progress.ofTickets]).toEqual([1, 9, 9]);
  });

  it('removes the line breaks of a definition written with SQL', async () => {
    await corrupt(
      database,
      'ALTER TABLE graphs DROP CONSTRAINT graphs_definition_check',
      `INSERT INTO graphs (workflow, version, definition) VALUES ('by hand', 1, '{"a":\r\n"1\\n"}'), ('by hand', 2, NULL)`,
    );
    const [first, second] = only(await linesOf(), 'graph');
    expect(first).toMatchObject({ workflow: 'by hand', definition: { a: '1\n' }, digest: null, edges: [] });
    expect(second).toMatchObject({ workflow: 'by hand', version: 2, definition: null });
  });
});
