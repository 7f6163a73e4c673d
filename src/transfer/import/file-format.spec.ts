import { withoutEndings } from './file-format';

describe('withoutEndings', () => {
  it.each([
    ['events.csv.gz', 'events'],
    ['/a/b.c/events.csv', 'events'],
    ['../Team Log.CSV.GZ', 'Team Log'],
    ['jira.2026-11.json', 'jira.2026-11'],
    ['events', 'events'],
    ['v1.2', 'v1.2'],
    ['.csv', ''],
  ])('of %s leaves %s', (path, name) => expect(withoutEndings(path)).toBe(name));
});
