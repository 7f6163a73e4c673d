import { SDLC } from './sdlc';
import { completeWorkflow, type WorkflowDefinition } from './workflow';

const CHORES: WorkflowDefinition = {
  key: 'chores',
  title: 'Chores',
  initial: ['open'],
  phases: [
    { id: 'open', category: 'todo' },
    { id: 'doing', title: 'In progress', category: 'active' },
    { id: 'paused', category: 'waiting' },
    { id: 'done', category: 'done' },
  ],
  transitions: [
    { from: 'open', to: 'doing' },
    { from: 'doing', to: 'paused' },
    { from: 'paused', to: 'doing' },
    { from: 'doing', to: 'open' },
    { from: 'doing', to: 'done', requires: ['reason'] },
    { from: 'done', to: 'open', kind: 'forward' },
  ],
};

describe('completeWorkflow', () => {
  it('fills in titles, kinds, requirements and the resume rule', () => {
    expect(completeWorkflow(CHORES)).toEqual({
      key: 'chores',
      title: 'Chores',
      initial: ['open'],
      phases: [
        { id: 'open', title: 'open', category: 'todo' },
        { id: 'doing', title: 'In progress', category: 'active' },
        { id: 'paused', title: 'paused', category: 'waiting' },
        { id: 'done', title: 'done', category: 'done' },
      ],
      transitions: [
        { from: 'open', to: 'doing', kind: 'forward', requires: [] },
        { from: 'doing', to: 'paused', kind: 'block', requires: [] },
        { from: 'paused', to: 'doing', kind: 'resume', requires: [] },
        { from: 'doing', to: 'open', kind: 'regression', requires: [] },
        { from: 'doing', to: 'done', kind: 'forward', requires: ['reason'] },
        { from: 'done', to: 'open', kind: 'forward', requires: [] },
      ],
      resume: 'any',
    });
  });

  it('returns equal text for equivalent definitions, whatever the order of their members', () => {
    const { key, ...others } = CHORES;
    const same = {
      resume: 'any' as const,
      ...others,
      phases: CHORES.phases.map(({ category, ...p }) => ({ category, ...p })),
      key,
    };
    expect(JSON.stringify(completeWorkflow(same))).toBe(JSON.stringify(completeWorkflow(CHORES)));
  });

  it('does not change a complete definition', () => {
    expect(completeWorkflow(SDLC)).toEqual(SDLC);
  });

  it('derives the one regression of sdlc', () => {
    const { transitions } = SDLC;
    expect(transitions.filter(({ kind }) => kind === 'regression')).toEqual([
      { from: 'TESTING', to: 'IMPLEMENTATION', kind: 'regression', requires: [] },
    ]);
  });
});
