import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import { ImportSite } from './site';

/** ESC, BEL, CSI of C1, an override of the text direction, and a line that looks like a report. */
const HOSTILE = 'x\x1b[2J\x07\x9b31m\u202e\nTickets created 999';
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const site = new ImportSite();
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  site.remove();
});

const quoted = `"${HOSTILE}"`;
const LOG = [
  'A,1,,BACKLOG,2026-01-01T00:00:00Z,a,t',
  `A,2,BACKLOG,${quoted},2026-01-02T00:00:00Z,${quoted},${quoted}`,
  `${quoted},1,,${quoted},2026-01-01T00:00:00Z,${quoted},${quoted}`,
];

it.each([[[]], [['--json']], [['--dry-run']]])('prints no control characters from a log, with %j', async (args) => {
  const path = site.log(`hostile${args.join('')}.csv`, ...LOG);
  const { stdout, stderr } = await site.run('--database-url', database.url, ...args, path);
  expect(stdout + stderr).toContain('\\u001b[2J');
  expect(CONTROLS.exec(stdout + stderr)).toBeNull();
  expect(`${stdout}\n${stderr}`).not.toMatch(/^\s*Tickets created 999/m);
});

it('prints none from the name of a file', async () => {
  const { code, stderr } = await site.run('--database-url', database.url, `missing\x1b[2J\u202e.csv`);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('missing\\u001b[2J\\u202e.csv')]);
  expect(CONTROLS.exec(stderr)).toBeNull();
});
