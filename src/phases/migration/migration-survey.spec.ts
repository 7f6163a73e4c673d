import { compileWorkflow } from '../../machine/compiled-workflow';
import { planMigration } from '../../machine/migration';
import { surveyOf } from './migration-survey';
import type { TicketGroup } from './ticket-scan.statements';

const graphOf = (...ids: string[]) =>
  compileWorkflow({
    initial: [ids[0]!],
    phases: ids.map((id) => ({ id, category: id === 'paused' ? 'waiting' : 'active' })),
    transitions: [],
  });
const PLAN = planMigration(graphOf('open', 'doing', 'paused', 'done'), graphOf('open', 'paused', 'done'));

function tickets(count: number, phase: string, about: Partial<TicketGroup> = {}): TicketGroup {
  return { phase, resumePhase: null, archived: false, tickets: count, ...about };
}

describe('surveyOf', () => {
  it('counts no tickets of an empty version', () => {
    expect(surveyOf(PLAN, [])).toEqual({
      tickets: 0,
      phases: [
        { from: 'open', to: 'open', tickets: 0 },
        { from: 'doing', to: null, tickets: 0 },
        { from: 'paused', to: 'paused', tickets: 0 },
        { from: 'done', to: 'done', tickets: 0 },
      ],
      unmapped: ['doing'],
      refused: [],
    });
  });

  it('adds up the groups of several statements', () => {
    const survey = surveyOf(PLAN, [tickets(2, 'open'), tickets(1, 'done'), tickets(3, 'open')]);
    expect(survey.tickets).toBe(6);
    expect(survey.phases.map(({ tickets: count }) => count)).toEqual([5, 0, 0, 1]);
  });

  it('counts each ticket that cannot be migrated under one reason', () => {
    const survey = surveyOf(PLAN, [
      tickets(1, 'doing'),
      tickets(2, 'doing', { archived: true }),
      tickets(4, 'paused', { resumePhase: 'doing' }),
      tickets(8, 'paused', { resumePhase: 'open' }),
      tickets(16, 'open', { archived: true }),
    ]);
    expect(survey.phases.map(({ tickets: count }) => count)).toEqual([16, 3, 12, 0]);
    expect(survey.refused).toEqual([
      { code: 'no_place', phase: 'doing', tickets: 5 },
      { code: 'ticket_archived', tickets: 18 },
    ]);
  });

  it('lists phases of tickets that the old version does not have', () => {
    const survey = surveyOf(PLAN, [tickets(1, 'nowhere')]);
    expect(survey.phases.at(-1)).toEqual({ from: 'nowhere', to: null, tickets: 1 });
    expect(survey.refused).toEqual([{ code: 'no_place', phase: 'nowhere', tickets: 1 }]);
    expect(survey.unmapped).toEqual(['doing']);
  });
});
