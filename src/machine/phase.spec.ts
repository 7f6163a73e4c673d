import { Phase, PHASE_SEQUENCE, PHASE_TRANSITIONS } from './phase';

describe('Phase', () => {
  it('has exactly the eight phases, each with its name as value', () => {
    expect(Object.entries(Phase)).toEqual(
      'BACKLOG REQUIREMENTS DESIGN IMPLEMENTATION TESTING DEPLOYMENT DONE BLOCKED'.split(' ').map((p) => [p, p]),
    );
  });
});

describe('PHASE_SEQUENCE', () => {
  it('lists the phases in the order of the work, without BLOCKED', () => {
    expect(PHASE_SEQUENCE).toEqual('BACKLOG REQUIREMENTS DESIGN IMPLEMENTATION TESTING DEPLOYMENT DONE'.split(' '));
  });
});

describe('PHASE_TRANSITIONS', () => {
  it('leads forward one phase at a time', () => {
    PHASE_SEQUENCE.slice(0, -1).forEach((from, i) => expect(PHASE_TRANSITIONS[from]).toContain(PHASE_SEQUENCE[i + 1]));
  });

  it('has one regression, from TESTING to IMPLEMENTATION', () => {
    const backwards = PHASE_SEQUENCE.flatMap((from, i) =>
      PHASE_TRANSITIONS[from].filter((to) => PHASE_SEQUENCE.slice(0, i).includes(to)).map((to) => [from, to]),
    );
    expect(backwards).toEqual([[Phase.TESTING, Phase.IMPLEMENTATION]]);
  });

  it('leads from every phase except DONE to BLOCKED, and nowhere from DONE', () => {
    for (const phase of PHASE_SEQUENCE) {
      expect(PHASE_TRANSITIONS[phase].includes(Phase.BLOCKED)).toBe(phase !== Phase.DONE);
    }
    expect(PHASE_TRANSITIONS.DONE).toEqual([]);
  });
});
