import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from './source-files';

const ROOT = join(__dirname, '../..');
const FILES = sourceFiles('scripts', 'bench', 'prove', 'testkit', 'src', 'migrations', 'ormconfig.ts');

/** Returns the files whose text matches, with the text of each match. */
const occurrences = (pattern: RegExp): string[] =>
  FILES.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(pattern)].map(([match]) => `${file}: ${match}`),
  );

describe('Connections to the database', () => {
  it('are made in one place, so that none connects with other settings', () => {
    expect(occurrences(/new (pg\.)?(Client|Pool|DatabaseClient)\(/g)).toEqual([
      'src/database/connection.ts: new DatabaseClient(',
      'src/database/connection.ts: new Pool(',
    ]);
  });

  it('of TypeORM take the options of that place', () => {
    const sources = occurrences(/new DataSource\((?!\s*dataSourceOptions\()/g);
    expect(sources).toEqual(['src/database/migrate.ts: new DataSource(']);
  });
});
