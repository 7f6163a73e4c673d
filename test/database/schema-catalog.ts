import type { Client } from 'pg';

const QUERIES: Record<string, string> = {
  relations: `
    SELECT concat_ws(' ', relkind, relname, reloptions)
      FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
  columns: `
    SELECT format('%s %s: %s %s%s', attrelid::regclass,
        rank() OVER (PARTITION BY attrelid ORDER BY attnum), attname, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(adbin, adrelid), ''))
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped`,
  indexes: `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'`,
  constraints: `
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
  triggers: `
    SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal`,
  functions: `SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
};

/** Objects of a database, without its rows. */
export type Catalog = Record<string, string[]>;

export async function readCatalog(client: Client): Promise<Catalog> {
  const catalog: Catalog = {};
  for (const [part, sql] of Object.entries(QUERIES)) catalog[part] = await readList(client, sql);
  return catalog;
}

/** Returns the single column of a query, in order. */
export async function readList(client: Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
  return rows.map(([value]) => value!).sort();
}
