import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles } from './source-files';

/** Files that compare points in time, such as the expiry of a key. Everything else measures elapsed time. */
const WALL_CLOCK = [
  'src/access/api-key.service.ts',
  'src/access/key-verifier.ts',
  'src/database/embedded/shared-directory.ts',
  'src/database/storable.ts',
  'src/transfer/import/log-importer.ts',
  'src/transfer/replay/http-connection.ts',
];

it('the system clock, which may be set back, measures no elapsed time', () => {
  const users = sourceFiles('src').filter((path) =>
    readFileSync(join(__dirname, '../..', path), 'utf8').includes('Date.now'),
  );
  expect(users.sort()).toEqual(WALL_CLOCK);
});
