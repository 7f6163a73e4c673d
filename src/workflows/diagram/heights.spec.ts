import { SDLC } from '../../machine/sdlc';
import { completeWorkflow, type WorkflowDefinition } from '../../machine/workflow';
import { heightsOf } from './heights';
import { linesOf } from './lines';

/** Phases from the highest to the lowest. */
function fromTop(definition: WorkflowDefinition): string[] {
  const workflow = completeWorkflow(definition);
  const heights = heightsOf(workflow, linesOf(workflow));
  return [...heights.keys()].sort((one, other) => heights.get(one)! - heights.get(other)!);
}

describe('heightsOf', () => {
  it('puts a pause in the middle of the phases around it', () => {
    expect(fromTop(SDLC)).toEqual([
      'BACKLOG',
      'REQUIREMENTS',
      'DESIGN',
      'BLOCKED',
      'IMPLEMENTATION',
      'TESTING',
      'DEPLOYMENT',
      'DONE',
    ]);
  });

  it('begins with what is to do and ends with what is done, in whatever order they are defined', () => {
    const phases = [
      { id: 'done', category: 'done' },
      { id: 'doing', category: 'active' },
      { id: 'idle', category: 'waiting' },
      { id: 'later', category: 'todo' },
      { id: 'testing', category: 'active' },
      { id: 'now', category: 'todo' },
    ] as const;
    const workflow = { key: 'k', title: 'T', initial: ['later'], phases, transitions: [] };
    expect(fromTop(workflow)).toEqual(['later', 'now', 'doing', 'idle', 'testing', 'done']);
  });

  it('takes a pause that nothing but another pause leads to for any other phase', () => {
    const phases = [
      { id: 'far', category: 'waiting' },
      { id: 'near', category: 'waiting' },
      { id: 'doing', category: 'active' },
    ] as const;
    const transitions = [
      { from: 'doing', to: 'near' },
      { from: 'near', to: 'far' },
    ];
    expect(fromTop({ key: 'k', title: 'T', initial: ['doing'], phases, transitions })).toEqual([
      'far',
      'doing',
      'near',
    ]);
  });
});
