import { Phase } from '../../machine/phase';
import { asPhasesOf, throughMap } from './translation';

describe('throughMap', () => {
  const translation = throughMap(new Map([['open', Phase.BACKLOG]]));

  it('leaves the workflow to the server', () => {
    expect(translation.home).toEqual({});
  });

  it('knows the states of the map, and no others', () => {
    expect(translation.phaseOf('open')).toBe('BACKLOG');
    expect(translation.phaseOf('BACKLOG')).toBeUndefined();
  });

  it('lets tickets begin in any phase but BLOCKED', () => {
    for (const phase of Object.values(Phase)) {
      expect(translation.beginningFor(phase)).toBe(phase === Phase.BLOCKED ? Phase.BACKLOG : phase);
    }
  });
});

describe('asPhasesOf', () => {
  it('takes states for phases as they are, BLOCKED too', () => {
    const { phaseOf, beginningFor } = asPhasesOf({ key: 'chores', version: 2, project: null });
    for (const state of ['open', 'auf Eis 🧊', 'BLOCKED']) {
      expect([phaseOf(state), beginningFor(state)]).toEqual([state, state]);
    }
  });

  it('pins tickets to the version, in its project where it has one', () => {
    const home = { workflow: 'chores', workflow_version: 2 };
    expect(asPhasesOf({ key: 'chores', version: 2, project: null }).home).toEqual(home);
    expect(asPhasesOf({ key: 'chores', version: 2, project: 'house' }).home).toEqual({ ...home, project: 'house' });
  });
});
