import { gzipSync } from 'node:zlib';
import { startTestApp } from '../../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { finished, startMigration } from '../../../testkit/migrations';
import { moveAlong } from '../../../testkit/tickets';
import { CHORES, defineWorkflow } from '../../../testkit/workflows';
import { createWorld, type World } from '../export/world';
import { Copies, NO_TICKETS, textOf } from './copies';
import { ImportSite } from './site';

const site = new ImportSite();
const copies = new Copies(site);
let origin: TestDatabase;
let world: World;
/** The export of a world, as it was before anything was added. */
let whole: string;
beforeAll(async () => {
  ({ database: origin, world } = await createWorld());
  whole = await textOf(origin);
});
afterAll(async () => {
  await copies.drop();
  await origin.drop();
  site.remove();
});

const LINES = 9 + 19 + 35;

describe('npm run import of an export', () => {
  let copy: TestDatabase;
  beforeAll(async () => (copy = await copies.empty()));

  it('writes nothing in a dry run, and says what it would', async () => {
    const path = site.write('dry.jsonl', whole);
    const before = await textOf(copy);
    const found = {
      code: 0,
      dry_run: true,
      added: { projects: 2, workflows: 2, graphs: 4 },
      tickets: { ...NO_TICKETS, created: 9 },
    };
    expect(await site.import(copy, path, '--dry-run')).toMatchObject(found);
    expect(await textOf(copy)).toBe(before);
    const nothing = await createTestDatabase('template0');
    try {
      expect(await site.import(nothing, path, '--dry-run')).toMatchObject(found);
      expect(await nothing.query(`SELECT 1 FROM pg_tables WHERE schemaname = 'public'`)).toEqual([]);
    } finally {
      await nothing.drop();
    }
  });

  it('into an empty database, and an export again, gives the same bytes', async () => {
    expect(await site.import(copy, site.write('whole.jsonl', whole))).toMatchObject({
      code: 0,
      source: null,
      project: null,
      workflow: null,
      added: { projects: 2, workflows: 2, graphs: 4 },
      complete: true,
      cut_off: null,
      rows: { read: LINES, written: LINES, already_there: 0, quarantined: 0, left: 0 },
      tickets: { ...NO_TICKETS, created: 9 },
      moves_written: 19,
    });
    expect(await textOf(copy)).toBe(whole);
  });

  it('adds nothing the second time, packed or not', async () => {
    expect(await site.import(copy, site.write('whole.jsonl.gz', gzipSync(whole)))).toMatchObject({
      code: 0,
      added: { projects: 0, workflows: 0, graphs: 0 },
      rows: { read: LINES, written: 0, already_there: LINES },
      tickets: { ...NO_TICKETS, unchanged: 9 },
    });
    expect(await textOf(copy)).toBe(whole);
  });

  it('makes tickets that the application goes on with', async () => {
    const database = await copies.of(whole);
    const app = await startTestApp(database);
    try {
      const move = (id: string, to_phase: string) =>
        app.api.post(`/api/v1/tickets/${id}/transition`).send({ to_phase });
      expect((await move(world.worked, 'TESTING')).body).toMatchObject({ code: 'illegal_transition' });
      expect((await move(world.worked, 'DESIGN')).body).toMatchObject({ version: 9, transition: { sequence: 7 } });
      expect((await move(world.paused, 'reviewing')).body).toMatchObject({ code: 'illegal_transition' });
      expect((await move(world.paused, 'building')).body).toMatchObject({ workflow_version: 2, phase_id: 'building' });
    } finally {
      await app.close();
    }
  });

  it('brings a part, with what it needs', async () => {
    const part = await textOf(origin, { workflow: 'chores' });
    const database = await copies.of(part);
    expect(await textOf(database, { workflow: 'chores' })).toBe(part);
    expect(await site.import(database, site.write('rest.jsonl', whole))).toMatchObject({
      code: 0,
      tickets: { ...NO_TICKETS, created: 5, unchanged: 4 },
    });
    expect(await textOf(database)).toBe(whole);
  });
});

describe('an export that has grown', () => {
  let grown: string;
  beforeAll(async () => {
    const app = await startTestApp(origin);
    await app.api.patch(`/api/v1/tickets/${world.still}`).send({ title: 'Not so still', description: 'x' }).expect(200);
    await app.api.post(`/api/v1/tickets/${world.shelved}/restore`).expect(200);
    await moveAlong(app, world.shelved, 'DESIGN', 'BLOCKED');
    await app.api.delete(`/api/v1/tickets/${world.shelved}`).expect(204);
    await moveAlong(app, world.kept, 'triaged', 'building');
    await app.api.patch(`/api/v1/tickets/${world.kept}`).send({ priority: 'HIGH' }).expect(200);
    await defineWorkflow(app, { ...CHORES, title: 'Chores again' });
    const back = { from_version: 2, to_version: 3, phases: { building: 'doing', reviewing: 'doing' } };
    await finished(app, await startMigration(app, back));
    await moveAlong(app, world.kept, 'open');
    await defineWorkflow(app, { ...CHORES, title: 'Chores once more' });
    await finished(app, await startMigration(app, { from_version: 3, to_version: 4 }));
    await moveAlong(app, world.kept, 'triaged', 'doing');
    await app.close();
    grown = await textOf(origin);
  });

  it('goes on where tickets were, across migrations, and ends in the same bytes', async () => {
    const copy = await copies.of(whole);
    expect(await site.import(copy, site.write('grown.jsonl', grown))).toMatchObject({
      code: 0,
      added: { projects: 0, workflows: 0, graphs: 4 },
      tickets: { ...NO_TICKETS, continued: 5, unchanged: 4 },
    });
    expect(await textOf(copy)).toBe(grown);
  });

  it('can be brought in by what has changed alone', async () => {
    const copy = await copies.of(whole);
    const [since] = await origin.query<{ at: string }>(
      `SELECT to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM tickets WHERE id = $1`,
      [world.still],
    );
    const part = await textOf(origin, { since: since!.at });
    expect(part.length).toBeLessThan(grown.length);
    expect(await site.import(copy, site.write('part.jsonl', part))).toMatchObject({
      code: 0,
      tickets: { continued: 5 },
    });
    expect(await textOf(copy)).toBe(grown);
  });

  it('is not taken back by an older one', async () => {
    const copy = await copies.of(grown);
    expect(await site.import(copy, site.write('older.jsonl', whole))).toMatchObject({
      code: 0,
      rows: { written: 0 },
      tickets: { ...NO_TICKETS, unchanged: 9 },
    });
    expect(await textOf(copy)).toBe(grown);
  });

  it('differs where the ticket has gone another way meanwhile, and leaves it so', async () => {
    const copy = await copies.of(whole);
    const app = await startTestApp(copy);
    await app.api.patch(`/api/v1/tickets/${world.still}`).send({ title: 'Here it is called so' }).expect(200);
    await app.close();
    expect(await site.import(copy, site.write('other.jsonl', grown))).toMatchObject({
      code: 1,
      tickets: { ...NO_TICKETS, continued: 4, unchanged: 4, quarantined: 1 },
    });
    const found = site.quarantined('other.quarantine.jsonl');
    expect(found.map(({ ticket_id, code }) => [ticket_id, code])).toEqual([
      [world.still, 'differs'],
      [world.still, 'ticket_quarantined'],
      [world.still, 'ticket_quarantined'],
    ]);
    expect(found[0]!.reason).toBe('title is "Not so still"; stored is "Here it is called so"');
    const lines = grown.split('\n');
    for (const { line, raw } of found) expect(raw).toBe(lines[line - 1]);
    expect(await textOf(copy)).toContain('"title":"Here it is called so"');
  });
});
