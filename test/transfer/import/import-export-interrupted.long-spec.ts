import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDatabase } from '../../../src/verify/verify-database';
import type { TestDatabase } from '../../../testkit/database';
import { eventually } from '../../../testkit/eventually';
import { TO_TWO } from '../../verify/graphs';
import { exportText, pastLines, pastValues, repair, type PastValues } from '../export/lines';
import { Copies, NO_TICKETS, textOf } from './copies';
import { ImportSite } from './site';

const site = new ImportSite();
const copies = new Copies(site);
afterAll(async () => {
  await copies.drop();
  site.remove();
});

describe('an import of many tickets that ends early', () => {
  const TICKETS_OF_MANY = 5_000;
  let path: string;
  let text: string;
  beforeAll(() => {
    const steps = ['on the bench', 'edited', { by: TO_TWO }, 'ready'] as const;
    const one = pastValues(repair('taken in', ...steps));
    const many = Array.from({ length: TICKETS_OF_MANY }, (_, i) => renumbered(one, i));
    text = exportText(many.flatMap((values) => pastLines(values)));
    path = site.write('many.jsonl', text);
  });

  async function countTickets(database: TestDatabase): Promise<number> {
    return (await database.query<{ count: number }>('SELECT count(*)::int FROM tickets'))[0]!.count;
  }

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'by %s leaves whole tickets, and a second run brings the rest',
    async (signal) => {
      const database = await copies.empty();
      const { child, ended } = site.start(['--json', '--database-url', database.url, path]);
      await eventually(async () => (await countTickets(database)) > 0);
      child.kill(signal);
      const { code, stdout } = await ended;
      await eventually(async () => {
        const [row] = await database.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'phaseline import' AND datname = current_database()`,
        );
        return row!.count === 0;
      });
      const left = await countTickets(database);
      expect(left).toBeLessThan(TICKETS_OF_MANY);
      if (signal === 'SIGINT') {
        expect([code, JSON.parse(stdout)]).toEqual([
          130,
          expect.objectContaining({ complete: false, cut_off: null, tickets: { ...NO_TICKETS, created: left } }),
        ]);
      }
      expect((await verifyDatabase(database.url)).findings).toEqual([]);
      expect(await site.import(database, path)).toMatchObject({
        code: 0,
        tickets: { ...NO_TICKETS, created: TICKETS_OF_MANY - left, unchanged: left },
      });
      const again = await textOf(database);
      expect(digestOf(again)).toBe(digestOf(text));
    },
  );
});

describe('an export of more than fits into memory', () => {
  it('takes no more memory for more tickets', async () => {
    const one = pastValues(repair('taken in', 'on the bench'));
    const [before, after] = exportText(['?']).split('?');
    const path = join(site.directory, 'large.jsonl');
    const large = createWriteStream(path);
    large.write(before);
    const count = 8_500;
    for (let i = 0; i < count; i++) {
      const { ticket, moves, events } = renumbered(one, i);
      const lines = pastLines({ ticket: { ...ticket, description: 'x'.repeat(8_000) }, moves, events });
      if (!large.write(`${lines.join('\n')}\n`)) await once(large, 'drain');
    }
    const numbers = { tickets: count, moves: count, events: 2 * count };
    large.end(after!.trimStart().replace(/"tickets":.*\}/, JSON.stringify(numbers).slice(1)));
    await once(large, 'close');
    expect(statSync(path).size).toBeGreaterThan(68_000_000);
    const database = await copies.empty();
    const args = ['--json', '--database-url', database.url, path];
    const { code, stdout, stderr } = await site.start(args, {}, ['--max-old-space-size=64']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('heap') });
    expect(JSON.parse(stdout)).toMatchObject({
      tickets: { ...NO_TICKETS, created: count },
      rows: { written: 4 * count },
    });
  });
});

/** The same ticket under another number. */
function renumbered(values: PastValues, number: number): PastValues {
  return JSON.parse(JSON.stringify(values).replaceAll('000000000001"', `${String(number).padStart(12, '0')}"`));
}

/** Of what an export says of tickets, however it writes JSON that is not ours. */
function digestOf(text: string): string {
  const lines = text.split('\n').filter((line) => /^\{"type":"(ticket|move|event)"/.test(line));
  return createHash('sha256')
    .update(lines.map((line) => JSON.stringify(JSON.parse(line))).join('\n'))
    .digest('hex');
}
