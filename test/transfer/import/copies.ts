import { exportDatabase } from '../../../src/transfer/export/export-database';
import { EVERYTHING, type ExportFilters } from '../../../src/transfer/export/export-format';
import { verifyDatabase } from '../../../src/verify/verify-database';
import { createTestDatabase, type TestDatabase } from '../../../testkit/database';
import type { ImportSite } from './site';

/** The expected result by default. */
export const NO_TICKETS = { created: 0, continued: 0, unchanged: 0, quarantined: 0 };

/** Databases that exports are brought into. */
export class Copies {
  private readonly databases: TestDatabase[] = [];

  constructor(private readonly site: ImportSite) {}

  async empty(): Promise<TestDatabase> {
    const database = await createTestDatabase();
    this.databases.push(database);
    return database;
  }

  /** One that has what an export has. */
  async of(text: string): Promise<TestDatabase> {
    const database = await this.empty();
    const report = await this.site.import(database, this.site.write('copy.jsonl', text));
    expect(report).toMatchObject({ code: 0, cut_off: null });
    return database;
  }

  /** Removes them, and fails when the audit has found anything in any of them. */
  async drop(): Promise<void> {
    for (const database of this.databases) {
      expect((await verifyDatabase(database.url)).findings).toEqual([]);
      await database.drop();
    }
  }
}

/** The export of a database. */
export async function textOf(database: TestDatabase, filters: Partial<ExportFilters> = {}): Promise<string> {
  let text = '';
  for await (const block of exportDatabase(database.url, { filters: { ...EVERYTHING, ...filters } })) text += block;
  return text;
}
