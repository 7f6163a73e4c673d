import { compileWorkflow, type PhaseCategory } from './compiled-workflow';
import { Phase, PHASE_SEQUENCE, PHASE_TRANSITIONS } from './phase';
import { completeWorkflow } from './workflow';

const CATEGORIES: Readonly<Record<Phase, PhaseCategory>> = {
  [Phase.BACKLOG]: 'todo',
  [Phase.REQUIREMENTS]: 'active',
  [Phase.DESIGN]: 'active',
  [Phase.IMPLEMENTATION]: 'active',
  [Phase.TESTING]: 'active',
  [Phase.DEPLOYMENT]: 'active',
  [Phase.DONE]: 'done',
  [Phase.BLOCKED]: 'waiting',
};

/** The key of the built-in workflow. */
export const SDLC_KEY = 'sdlc';

/** The built-in workflow, derived from `PHASE_TRANSITIONS`. A ticket may start in any phase except BLOCKED. */
export const SDLC = completeWorkflow({
  key: SDLC_KEY,
  title: 'Software development life cycle',
  initial: PHASE_SEQUENCE,
  phases: [...PHASE_SEQUENCE, Phase.BLOCKED].map((id) => ({ id, category: CATEGORIES[id] })),
  transitions: Object.values(Phase).flatMap((from) => PHASE_TRANSITIONS[from].map((to) => ({ from, to }))),
  resume: 'reached',
});

export const SDLC_GRAPH = compileWorkflow(SDLC);
