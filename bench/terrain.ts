import type { CompleteWorkflow } from '../src/machine/workflow';

/** What the tickets of a generated database move on. */
export interface Terrain {
  /** The key of its workflow. */
  readonly workflow: string;
  /** The workflow itself, where a database does not have it from the beginning. */
  readonly definition?: CompleteWorkflow;
  /**
   * The phases that tickets have been in, oldest first, which ticket n shares with ticket n + their number. Each ends in a
   * pair that a ticket can go to and fro for ever.
   */
  readonly courses: readonly (readonly string[])[];
}

/** Moves that each ticket has behind it: one fewer than a course has phases. */
export const MOVES_BEHIND = 10;

/** The built-in workflow. */
export const SDLC_TERRAIN: Terrain = {
  workflow: 'sdlc',
  courses: [
    ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('IMPLEMENTATION', 'TESTING')],
    ['BACKLOG', 'BLOCKED', 'BACKLOG', ...fourTimes('BLOCKED', 'BACKLOG')],
    ['REQUIREMENTS', 'BLOCKED', 'REQUIREMENTS', ...fourTimes('BLOCKED', 'REQUIREMENTS')],
    ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('BLOCKED', 'DESIGN')],
  ],
};

/** Where the tickets of a course are before anything is measured. */
export function restingPhase(course: readonly string[]): string {
  return course[MOVES_BEHIND]!;
}

function fourTimes(...pair: [string, string]): string[] {
  return [...pair, ...pair, ...pair, ...pair];
}
