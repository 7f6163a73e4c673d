/** The phases of the built-in workflow `sdlc`. */
export enum Phase {
  BACKLOG = 'BACKLOG',
  REQUIREMENTS = 'REQUIREMENTS',
  DESIGN = 'DESIGN',
  IMPLEMENTATION = 'IMPLEMENTATION',
  TESTING = 'TESTING',
  DEPLOYMENT = 'DEPLOYMENT',
  DONE = 'DONE',
  BLOCKED = 'BLOCKED',
}

/** The phases of `sdlc` in the order of the work, without BLOCKED. */
export const PHASE_SEQUENCE: readonly Phase[] = [
  Phase.BACKLOG,
  Phase.REQUIREMENTS,
  Phase.DESIGN,
  Phase.IMPLEMENTATION,
  Phase.TESTING,
  Phase.DEPLOYMENT,
  Phase.DONE,
];

/**
 * Every edge of `sdlc`. Out of BLOCKED, the resume rule in `guards.ts` limits a ticket to some of these.
 */
export const PHASE_TRANSITIONS: Readonly<Record<Phase, readonly Phase[]>> = {
  [Phase.BACKLOG]: [Phase.REQUIREMENTS, Phase.BLOCKED],
  [Phase.REQUIREMENTS]: [Phase.DESIGN, Phase.BLOCKED],
  [Phase.DESIGN]: [Phase.IMPLEMENTATION, Phase.BLOCKED],
  [Phase.IMPLEMENTATION]: [Phase.TESTING, Phase.BLOCKED],
  [Phase.TESTING]: [Phase.DEPLOYMENT, Phase.IMPLEMENTATION, Phase.BLOCKED],
  [Phase.DEPLOYMENT]: [Phase.DONE, Phase.BLOCKED],
  [Phase.DONE]: [],
  [Phase.BLOCKED]: [
    Phase.BACKLOG,
    Phase.REQUIREMENTS,
    Phase.DESIGN,
    Phase.IMPLEMENTATION,
    Phase.TESTING,
    Phase.DEPLOYMENT,
  ],
};
