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

/** The way of a ticket on which nothing goes wrong. BLOCKED stands beside it. */
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
 * Every edge of `sdlc`. Static: out of BLOCKED a given ticket may take only some of these,
 * see the resume rule in `judge.ts`.
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
