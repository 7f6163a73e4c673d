import fc from 'fast-check';
import { HOSTILE } from '../../testkit/workflows';
import { compileWorkflow, type CompiledWorkflow } from './compiled-workflow';
import { judge, type TicketState } from './judge';
import { Phase, PHASE_SEQUENCE } from './phase';
import { SDLC_GRAPH } from './sdlc';
import { searchPath, type SearchBound } from './shortest-path';

const PHASES = Object.values(Phase);
const BOUND: SearchBound = { states: 1_000, transitions: 20_000 };

const ticketIn = (phase: string, resumePhase: string | null = null): TicketState => ({
  phase,
  resumePhase,
  archived: false,
});

function pathOf(workflow: CompiledWorkflow, ticket: TicketState, to: string): readonly string[] | null {
  const { path, isComplete } = searchPath(workflow, ticket, to, BOUND);
  expect(isComplete).toBe(true);
  return path;
}

describe('searchPath', () => {
  it('includes every phase that cannot be skipped', () => {
    expect(pathOf(SDLC_GRAPH, ticketIn(Phase.DESIGN), Phase.DONE)).toEqual([
      Phase.IMPLEMENTATION,
      Phase.TESTING,
      Phase.DEPLOYMENT,
      Phase.DONE,
    ]);
  });

  it('goes back through BLOCKED if no other path does', () => {
    expect(pathOf(SDLC_GRAPH, ticketIn(Phase.TESTING), Phase.DESIGN)).toEqual([Phase.BLOCKED, Phase.DESIGN]);
  });

  it('returns null if there is no path', () => {
    expect(pathOf(SDLC_GRAPH, ticketIn(Phase.DONE), Phase.BACKLOG)).toBeNull();
    expect(pathOf(SDLC_GRAPH, ticketIn(Phase.BACKLOG), 'NOWHERE')).toBeNull();
  });

  it('consists of transitions that the judge allows', () => {
    const phase = fc.constantFrom(...PHASES);
    fc.assert(
      fc.property(phase, fc.constantFrom(...PHASE_SEQUENCE.slice(0, -1)), phase, (from, resume, to) => {
        let ticket = ticketIn(from, from === Phase.BLOCKED ? resume : null);
        for (const phase of pathOf(SDLC_GRAPH, ticket, to) ?? []) {
          const verdict = judge(SDLC_GRAPH, ticket, phase);
          expect(verdict.allowed).toBe(true);
          if (verdict.allowed) ticket = ticketIn(phase, verdict.resumePhase);
        }
      }),
    );
  });

  it('ignores requirements', () => {
    const graph = compileWorkflow({
      initial: ['open'],
      phases: [
        { id: 'open', category: 'todo' },
        { id: 'done', category: 'done' },
      ],
      transitions: [{ from: 'open', to: 'done', requires: ['reason'] }],
    });
    expect(pathOf(graph, ticketIn('open'), 'done')).toEqual(['done']);
  });

  it('returns nothing for an archived ticket', () => {
    expect(pathOf(SDLC_GRAPH, { ...ticketIn(Phase.DESIGN), archived: true }, Phase.DONE)).toBeNull();
  });

  describe('in a workflow with a state for every pair of phases', () => {
    const graph = compileWorkflow(HOSTILE);

    it('ends at the bound of states', () => {
      const bound = { states: 50, transitions: 1_000_000 };
      const { path, isComplete, examined } = searchPath(graph, ticketIn('step 0'), 'start', bound);
      expect([path, isComplete, examined < 50 * 150]).toEqual([null, false, true]);
    });

    it('ends at the bound of transitions', () => {
      const bound = { states: 1_000_000, transitions: 777 };
      expect(searchPath(graph, ticketIn('step 0'), 'start', bound)).toEqual({
        path: null,
        isComplete: false,
        examined: 777,
      });
    });

    it('finds a near phase within them', () => {
      expect(searchPath(graph, ticketIn('step 0'), 'step 2', BOUND).path).toEqual(['step 1', 'step 2']);
    });
  });
});
