import { SDLC_GRAPH } from '../../machine/sdlc';
import { StateCensus } from './import-log';

function censusOf(...states: string[]): StateCensus {
  const census = new StateCensus(SDLC_GRAPH);
  for (const to_state of states) {
    const columns = { ticket_id: '', seq: '', from_state: '', to_state, at: '', actor: '', title: '' };
    census.see({ line: 1, columns });
  }
  return census;
}

describe('StateCensus', () => {
  it('knows strangers, where no row has a state of the workflow', () => {
    expect(censusOf('open', 'closed', 'open').strangers).toEqual(['open', 'closed']);
    expect(censusOf('open', 'DONE').strangers).toEqual([]);
    expect(censusOf().strangers).toEqual([]);
  });

  it('keeps only some of them', () => {
    expect(censusOf(...Array.from({ length: 50 }, (_, i) => `state ${i}`)).strangers).toHaveLength(10);
  });

  it('does not count what could not be read', () => {
    const census = new StateCensus(SDLC_GRAPH);
    census.see({ line: 1, fault: { code: 'bad_csv', reason: '' }, raw: '' });
    expect(census.strangers).toEqual([]);
  });
});
