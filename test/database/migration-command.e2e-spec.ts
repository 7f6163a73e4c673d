import { MIGRATION_NAMES } from '../../ormconfig';
import { createTestDatabase } from '../../testkit/database';
import { ClusterDirectories } from '../../testkit/cluster-directories';
import { runProgram } from '../../testkit/run-program';

const PROGRAM = 'src/database/migration-command/main.js';
const directories = new ClusterDirectories();
afterAll(async () => {
  await directories.endAll();
  directories.remove();
});

/** Returns the migrations that the command lists, with a mark for each that has run. */
async function show(env: Readonly<Record<string, string>>): Promise<string[]> {
  const { code, stdout } = await runProgram(PROGRAM, ['migration:show'], { cwd: directories.root, env });
  expect(code).toBe(0);
  return stdout.match(/\[[X ]\] (\d+ )?\w+/g)?.map((line) => line.replace(/\] \d+ /, '] ')) ?? [];
}

describe('npm run migration', () => {
  it('uses the database of DATABASE_URL', async () => {
    const database = await createTestDatabase();
    expect(await show({ DATABASE_URL: database.url }).finally(() => database.drop())).toEqual(
      MIGRATION_NAMES.map((name) => `[X] ${name}`),
    );
  });

  it('uses the running embedded PostgreSQL of DATA_DIR, and leaves it running', async () => {
    const directory = directories.empty();
    const postgres = await directories.start(directory);
    expect(await show({ DATA_DIR: directory })).toEqual(MIGRATION_NAMES.map((name) => `[ ] ${name}`));
    expect(postgres.adopted).toBe(false);
  });
});
