import { SDLC_GRAPH } from '../../machine/sdlc';
import { StateCheck } from './import-log';

function checkOf(...states: string[]): StateCheck {
  const stateCheck = new StateCheck(SDLC_GRAPH);
  for (const to_state of states) {
    const columns = { ticket_id: '', seq: '', from_state: '', to_state, at: '', actor: '', title: '' };
    stateCheck.add({ line: 1, columns });
  }
  return stateCheck;
}

describe('StateCheck', () => {
  it('returns states when no row has a state of the workflow', () => {
    expect(checkOf('open', 'closed', 'open').unknownStates).toEqual(['open', 'closed']);
    expect(checkOf('open', 'DONE').unknownStates).toEqual([]);
    expect(checkOf().unknownStates).toEqual([]);
  });

  it('returns at most ten states', () => {
    expect(checkOf(...Array.from({ length: 50 }, (_, i) => `state ${i}`)).unknownStates).toHaveLength(10);
  });

  it('ignores unreadable rows', () => {
    const stateCheck = new StateCheck(SDLC_GRAPH);
    stateCheck.add({ line: 1, error: { code: 'bad_csv', reason: '' }, raw: '' });
    expect(stateCheck.unknownStates).toEqual([]);
  });
});
