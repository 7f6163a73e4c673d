import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUDGETS, LIMITS } from './limits';

const PAGE = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');

/** Returns the second cells of the table in a section of the documentation, by the first. */
function rowsOf(section: string): Record<string, string> {
  const table = PAGE.split(`## ${section}\n`)[1]!.split('\n## ')[0]!;
  return Object.fromEntries(
    Array.from(table.matchAll(/^\| (.+?) +\| (.+?) +\|/gm), ([, what, most]) => [what!, most!]),
  );
}

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;
const mebibytes = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

it('docs/configuration.md lists the limits', () => {
  expect(rowsOf('Limits')).toMatchObject({
    body: `${mebibytes(LIMITS.body)}; bulks and workflows ${mebibytes(LIMITS.bulkBody)}`,
    'a rejected body is read to its end': mebibytes(LIMITS.discardedBody),
    'nesting of a body': `${LIMITS.depth} levels`,
    URL: `${LIMITS.url.toLocaleString('en')} bytes`,
    'first line and headers': `${LIMITS.head / 1024} KiB`,
    'arrival of the headers, of the whole request': `${seconds(LIMITS.headArrival)}, ${seconds(LIMITS.arrival)}`,
    'open connections': `${LIMITS.connections.toLocaleString('en')} a process, ${LIMITS.connectionsPerAddress.toLocaleString('en')} an address`,
    [`bodies and unread responses above ${LIMITS.uncounted / 1024} KiB`]: `${mebibytes(LIMITS.inFlight)} a process, ${mebibytes(LIMITS.inFlightPerCaller)} a caller`,
    'reading a response': seconds(LIMITS.reading),
    'a connection between requests, otherwise without traffic': `${seconds(LIMITS.keepAlive)}, ${seconds(LIMITS.silence)}`,
    'a shutdown waits for unfinished requests, for unread responses': `${seconds(LIMITS.shutdownArrival)}, ${seconds(LIMITS.shutdownReading)}`,
  });
});

it('docs/configuration.md lists the budgets', () => {
  const count = (value: number): string => value.toLocaleString('en');
  const { changes, search } = BUDGETS;
  expect(rowsOf('Budgets')).toMatchObject({
    'page of a list': mebibytes(BUDGETS.page),
    'explanations of the rejections in a response': mebibytes(BUDGETS.explanations),
    '`changes_since` of a rejection': `${changes.events} events, ${changes.bytes / 1024} KiB`,
    'search for a shortest path': `${count(search.states)} states, ${count(search.transitions)} transitions`,
    'searches for shortest paths of a request': `${count(BUDGETS.searches)} transitions`,
    'findings of the lint in a response': count(BUDGETS.findings),
    'definitions that a page of workflows reads': `${mebibytes(BUDGETS.definitions)}, compressed`,
    'reasons and artifacts in a shared transaction': `${BUDGETS.batch / 1024} KiB`,
    'workflow versions in memory': `${mebibytes(BUDGETS.workflows)} of definitions`,
    'workflow definitions that are compiled together': `${mebibytes(BUDGETS.compiled)}, four at a time`,
    'API keys of a project, created by its admins, revoked ones included': count(BUDGETS.projectKeys),
    'workflow versions of a project, created by its admins': count(BUDGETS.projectVersions),
  });
});
