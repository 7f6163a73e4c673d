import { randomUUID } from 'node:crypto';
import { exportDatabase } from '../../src/transfer/export/export-database';
import { verifyDatabase } from '../../src/verify/verify-database';
import { startTestApp } from '../../testkit/app';
import { createTestDatabase, type TestDatabase } from '../../testkit/database';

/** Defaults that an administrator can give a database or a role, and that change how PostgreSQL reads or prints values. */
const SETTINGS: readonly (readonly string[])[] = [
  ['DateStyle = German', 'array_nulls = off'],
  ["DateStyle = 'SQL, MDY'", 'default_transaction_isolation = serializable', "TimeZone = 'Asia/Kathmandu'"],
  ["DateStyle = 'Postgres, DMY'", "default_transaction_isolation = 'repeatable read'", 'extra_float_digits = -15'],
  [
    'IntervalStyle = sql_standard',
    'bytea_output = escape',
    'standard_conforming_strings = off',
    'client_min_messages = error',
  ],
];

/** Uses what reads and writes times, bytes, arrays and numbers. Returns what clients and an export contain, without ids. */
async function use(database: TestDatabase): Promise<string> {
  const app = await startTestApp(database);
  try {
    const { api } = app;
    const key = randomUUID();
    const create = () => api.post('/api/v1/tickets').set('Idempotency-Key', key).send({ title: 'Zeit 🎟' });
    const created = (await create().expect(201)).body as Record<string, string>;
    expect((await create().expect(201)).body).toEqual(created);
    const ticket = `/api/v1/tickets/${created['id']}`;
    await api.post(`${ticket}/transition`).send({ to_phase: 'REQUIREMENTS', reason: 'back\\slash' }).expect(200);
    await api.patch(ticket).send({ description: 'it\\"s' }).expect(200);
    const replies = await Promise.all(
      [
        ticket,
        `${ticket}/events`,
        `${ticket}/phase-history`,
        `${ticket}/phase-history/visits`,
        '/api/v1/workflows',
      ].map((path) => api.get(path).expect(200)),
    );
    expect(Date.parse(created['created_at'] ?? '')).toBeGreaterThan(Date.now() - 600_000);
    return comparable(JSON.stringify(replies.map(({ body }) => body as unknown)) + (await textOfExport(database.url)));
  } finally {
    await app.close();
  }
}

/** Replaces ids and well-formed times, which differ from run to run. */
function comparable(text: string): string {
  return text
    .replaceAll(/"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}"/g, '"id"')
    .replaceAll(/"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"time"')
    .replaceAll(/"seconds":[\d.]+/g, '"seconds":0');
}

async function textOfExport(url: string): Promise<string> {
  let text = '';
  for await (const block of exportDatabase(url)) text += block;
  return text;
}

describe('Defaults of the database', () => {
  let usual: string;
  beforeAll(async () => {
    const database = await createTestDatabase();
    usual = await use(database).finally(() => database.drop());
  });

  it.each(SETTINGS.map((settings) => [settings]))(
    '%j change no response, no export and no finding',
    async (settings) => {
      const database = await createTestDatabase();
      try {
        const name = new URL(database.url).pathname.slice(1);
        for (const setting of settings) await database.query(`ALTER DATABASE ${name} SET ${setting}`);
        expect(await use(database)).toBe(usual);
        expect((await verifyDatabase(database.url)).findings).toEqual([]);
      } finally {
        await database.drop();
      }
    },
  );
});
