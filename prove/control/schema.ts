import { withClient } from '../cluster';

/**
 * Takes the defence away from a migrated database: its triggers, and the keys that keep two rows of history, or of events,
 * from having the same number; and lets commits be answered before they are on the disk, as is often recommended for speed. What is left
 * is what most trackers have.
 */
export async function disarm(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; table: string }>(
      `SELECT quote_ident(tgname) AS name, tgrelid::regclass::text AS table FROM pg_trigger WHERE NOT tgisinternal`,
    );
    for (const { name, table } of rows) await client.query(`DROP TRIGGER ${name} ON ${table}`);
    await client.query('ALTER TABLE phase_history DROP CONSTRAINT phase_history_pkey');
    await client.query('ALTER TABLE ticket_events DROP CONSTRAINT ticket_events_pkey');
    await client.query('CREATE INDEX ON phase_history (ticket_id)');
    await client.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
  });
}
