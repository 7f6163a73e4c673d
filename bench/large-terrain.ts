import { completeWorkflow } from '../src/machine/workflow';
import { MOVES_BEHIND, type Terrain } from './terrain';

const PHASES = 200;

/** How far the edges out of a phase lead, in both directions, round the circle of all phases. With 25, there are 5,000. */
const STEPS = [...upTo(12), 100, ...upTo(12).map((step) => PHASES - step)];

const NUMBERS = [...Array(PHASES).keys()];

/** A workflow larger than anybody's. Like the built-in one it has pauses, and a rule for where work goes on after them. */
const DEFINITION = completeWorkflow({
  key: 'large',
  title: 'Two hundred phases',
  initial: NUMBERS.map(nameOf),
  phases: NUMBERS.map((number) => ({ id: nameOf(number), category: isPause(number) ? 'waiting' : 'active' })),
  transitions: NUMBERS.flatMap((from) => STEPS.map((step) => ({ from: nameOf(from), to: nameOf(from + step) }))),
  resume: 'reached',
});

/** A course for every edge out of a phase that is no pause: tickets rest in all of these, and go to all phases. */
export const LARGE_TERRAIN: Terrain = {
  workflow: DEFINITION.key,
  definition: DEFINITION,
  courses: STEPS.flatMap((step) => NUMBERS.filter((rest) => !isPause(rest)).map((rest) => courseTo(rest, rest + step))),
};

/** By tens, so through no pause, to `rest`, from there to `away`, and back. */
function courseTo(rest: number, away: number): string[] {
  const stops = MOVES_BEHIND - 1;
  const way = Array.from({ length: stops }, (_, i) => rest + PHASES - 10 * (stops - 1 - i));
  return [...way, away, rest].map(nameOf);
}

function isPause(number: number): boolean {
  return number % 10 === 9;
}

function nameOf(number: number): string {
  return `phase-${String(number % PHASES).padStart(3, '0')}`;
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}
