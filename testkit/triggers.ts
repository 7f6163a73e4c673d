/** Runs statements on one connection or another. */
interface Queryable {
  query(sql: string): Promise<unknown>;
}

/**
 * Disables or enables the triggers of all tables, as their owner can. `session_replication_role` disables the triggers of
 * foreign keys only.
 */
export async function setTriggers(database: Queryable, action: 'DISABLE' | 'ENABLE ALWAYS'): Promise<void> {
  await database.query(`
    DO $$
    DECLARE
      trigger record;
    BEGIN
      FOR trigger IN SELECT tgrelid::regclass AS owner, tgname AS name FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE %s ${action} TRIGGER %I', trigger.owner, trigger.name);
      END LOOP;
    END $$`);
}
