import { formatDuration, Pace } from './pace';

describe('Pace', () => {
  it('returns nothing during the first second', () => {
    const pace = new Pace();
    expect(pace.observe(0, { fraction: 0, count: 0 })).toEqual({});
    expect(pace.observe(500, { fraction: 0.1, count: 100 })).toEqual({});
  });

  it('returns the rate, and the remaining time at that rate', () => {
    const pace = new Pace();
    pace.observe(0, { fraction: 0, count: 0 });
    expect(pace.observe(2_000, { fraction: 0.2, count: 1_000 })).toEqual({ perSecond: 500, secondsLeft: 8 });
  });

  it('measures the last ten seconds, not the whole run', () => {
    const pace = new Pace();
    let latest = {};
    for (let second = 0; second <= 20; second++) {
      latest = pace.observe(second * 1_000, { fraction: second < 10 ? 0 : (second - 10) / 20, count: second * 3 });
    }
    expect(latest).toEqual({ perSecond: 3, secondsLeft: 10 });
  });

  it('returns no remaining time while nothing advances', () => {
    const pace = new Pace();
    pace.observe(0, { fraction: 0.5, count: 7 });
    expect(pace.observe(5_000, { fraction: 0.5, count: 7 })).toEqual({ perSecond: 0 });
  });
});

describe('formatDuration', () => {
  it.each([
    [0.2, '1 s'],
    [59.4, '60 s'],
    [61, '1 min 1 s'],
    [3_600, '1 h 0 min'],
    [7_290, '2 h 1 min'],
  ])('formats %d seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});
