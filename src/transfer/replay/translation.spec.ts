import { Phase } from '../../machine/phase';
import { throughMap } from './translation';

describe('throughMap', () => {
  const translation = throughMap(new Map([['open', Phase.BACKLOG]]));

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
