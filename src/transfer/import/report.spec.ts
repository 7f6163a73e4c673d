import { formatImportReport, type ImportReport } from './report';

const REPORT: ImportReport = {
  file: 'events.csv.gz',
  source: 'events',
  project: 'default',
  workflow: { key: 'support', version: 2, is_new: true },
  added: null,
  dry_run: false,
  complete: true,
  cut_off: null,
  rows: { read: 1_200, written: 1_000, already_there: 0, repeating: 195, quarantined: 5, left: 0 },
  tickets: { created: 300, continued: 0, unchanged: 0, quarantined: 2 },
  moves_written: 700,
  titles_changed: 0,
  titles_kept: 0,
  times_shortened: 0,
  quarantined_by_code: { ticket_quarantined: 3, seq_gap: 2 },
  quarantine_file: 'events.quarantine.jsonl',
  seconds: 0.25,
  rows_per_second: 4_800,
};

describe('formatImportReport', () => {
  it('lists what was imported and why rows were rejected', () => {
    expect(formatImportReport(REPORT)).toBe(`\
  rows read               1,200
  tickets created           300
  tickets continued           0
  tickets unchanged           0
  tickets quarantined         2
  transitions written       700
  rows repeating a state    195
  rows quarantined            5
  seconds                  0.25
  rows per second         4,800

Quarantined, by code

  ticket_quarantined  another row of the same ticket is rejected  3
  seq_gap             rows are missing before this one            2
`);
  });

  it('shows optional counts only when they are not zero', () => {
    const text = formatImportReport({
      ...REPORT,
      rows: { ...REPORT.rows, already_there: 9, left: 8 },
      titles_changed: 7,
      titles_kept: 6,
      times_shortened: 5,
      quarantined_by_code: {},
    });
    expect(text).toMatch(/rows already stored +9\n/);
    expect(text).toMatch(/rows not processed +8\n/);
    expect(text).toMatch(/titles changed +7\n/);
    expect(text).toMatch(/titles kept, changed by other clients +6\n/);
    expect(text).toMatch(/times truncated to milliseconds +5\n/);
    expect(text).not.toContain('by code');
  });

  it('shows what an export added', () => {
    const text = formatImportReport({ ...REPORT, added: { projects: 1, workflows: 2, graphs: 3 } });
    expect(text).toMatch(/projects added +1\n +workflows added +2\n +versions and plans added +3\n/);
  });

  it('says of a dry run what would be', () => {
    expect(formatImportReport({ ...REPORT, dry_run: true })).toMatch(
      /tickets to create +300\n.*\n.*\n.*\n +transitions to write +700/,
    );
  });
});
