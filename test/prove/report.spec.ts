import { PropertyResults } from '../../prove/properties';
import { verdictOf } from '../../prove/report';

describe('The verdict', () => {
  it('names the attacks that found no violation in the control group', () => {
    const verdict = verdictOf(new PropertyResults(), new PropertyResults(), ['races', 'model']);
    expect(verdict.ineffective).toEqual(['races', 'model', 'audit']);
  });

  it('describes each violation', () => {
    const results = new PropertyResults();
    results.check('equalMoves', ['two succeeded']);
    const { rows, violations } = verdictOf(results, new PropertyResults(), ['races']);
    expect(rows).toMatchObject([{ attempts: 1, violations: 1 }]);
    expect(violations).toEqual(['One of several equal, concurrent transitions succeeds: two succeeded']);
  });
});
