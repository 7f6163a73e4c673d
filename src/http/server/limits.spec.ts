import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from './limits';

/** The rows of the table in the documentation, by their first cell. */
const rows = Object.fromEntries(
  Array.from(
    readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8')
      .split('## Limits')[1]!
      .split('\n## ')[0]!
      .matchAll(/^\| (.+?) +\| (.+?) +\|/gm),
    ([, what, most]) => [what!, most!],
  ),
);

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;
const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

it('docs/configuration.md lists the limits', () => {
  expect(rows).toMatchObject({
    body: `${mebibytes(LIMITS.body)}; bulks and workflows ${mebibytes(LIMITS.bulkBody)}`,
    'a rejected body is read to its end': mebibytes(LIMITS.discardedBody),
    'nesting of a body': `${LIMITS.depth} levels`,
    URL: `${LIMITS.url.toLocaleString('en')} bytes`,
    'first line and headers': `${LIMITS.head / 1024} KiB`,
    'arrival of the headers, of the whole request': `${seconds(LIMITS.headArrival)}, ${seconds(LIMITS.arrival)}`,
    'open connections': `${LIMITS.connections.toLocaleString('en')} a process, ${LIMITS.connectionsPerAddress.toLocaleString('en')} an address`,
    'reading a response': seconds(LIMITS.reading),
    'a connection between requests, otherwise without traffic': `${seconds(LIMITS.keepAlive)}, ${seconds(LIMITS.silence)}`,
    'a shutdown waits for unfinished requests, for unread responses': `${seconds(LIMITS.shutdownArrival)}, ${seconds(LIMITS.shutdownReading)}`,
  });
});
