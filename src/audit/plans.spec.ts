import { storedByHand, storedPlan } from '../../test/verify/graphs';
import { Plans } from './plans';

/** Graphs 1 to 4, and plans: 1 → 2 and 2 → 3 keep a, 1 → 3 keeps b, 3 → 1 keeps a again, and 4 is nobody's. */
const PLANS = new Plans([
  ...[1, 2, 3, 4].map((id) => storedByHand(id, 'chores', [], id)),
  storedPlan(12, [1, 2], { a: 'a', b: 'c' }),
  storedPlan(23, [2, 3], { a: 'a', b: 'b' }),
  storedPlan(13, [1, 3], { b: 'b', a: 'b' }),
  storedPlan(31, [3, 1], { a: 'a' }),
]);

describe('Plans.lead', () => {
  it.each([
    ['a graph to itself', 1, 1, 'x', true],
    ['along a plan that keeps the phase', 1, 2, 'a', true],
    ['not along one that changes it', 1, 2, 'b', false],
    ['along several plans', 1, 3, 'a', true],
    ['along the one of two that keeps the phase', 1, 3, 'b', true],
    ['round, and not for ever', 2, 1, 'a', true],
    ['not backwards', 2, 1, 'b', false],
    ['nowhere', 1, 4, 'a', false],
    ['from where a plan has led', 12, 2, 'x', true],
    ['on from where a plan has led', 12, 3, 'b', true],
    ['to where a plan begins', 1, 12, 'x', true],
    ['to where a plan begins, along another', 1, 23, 'a', true],
    ['from plan to plan', 12, 23, 'x', true],
    ['not from a plan to itself', 12, 12, 'c', false],
    ['not to a graph that does not exist', 1, 99, 'a', false],
  ] as const)('%s', (_, start, goal, phase, leads) => expect(PLANS.lead(start, goal, phase)).toBe(leads));
});

describe('Plans.keeping', () => {
  it('knows the plans that leave a ticket in its phase, from a graph or from anywhere', () => {
    expect(PLANS.keeping('b', 1).map(({ id }) => id)).toEqual([13]);
    expect(PLANS.keeping('b').map(({ id }) => id)).toEqual([23, 13]);
    expect(PLANS.keeping('c')).toEqual([]);
  });
});
