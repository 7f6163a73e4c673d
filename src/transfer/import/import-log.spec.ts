import { SDLC_GRAPH } from '../../machine/sdlc';
import { StateCheck } from './import-log';

function censusOf(...states: string[]): StateCheck {
  const stateCheck = new StateCheck(SDLC_GRAPH);
  for (const to_state of states) {
    const columns = { ticket_id: '', seq: '', from_state: '', to_state, at: '', actor: '', title: '' };
    stateCheck.add({ line: 1, columns });
  }
  return stateCheck;
}

describe('StateCheck', () => {
  it('knows strangers, where no row has a state of the workflow', () => {
    expect(censusOf('open', 'closed', 'open').unknownStates).toEqual(['open', 'closed']);
    expect(censusOf('open', 'DONE').unknownStates).toEqual([]);
    expect(censusOf().unknownStates).toEqual([]);
  });

  it('keeps only some of them', () => {
    expect(censusOf(...Array.from({ length: 50 }, (_, i) => `state ${i}`)).unknownStates).toHaveLength(10);
  });

  it('does not count what could not be read', () => {
    const stateCheck = new StateCheck(SDLC_GRAPH);
    stateCheck.add({ line: 1, error: { code: 'bad_csv', reason: '' }, raw: '' });
    expect(stateCheck.unknownStates).toEqual([]);
  });
});
