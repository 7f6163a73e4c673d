import type { Stage } from '../stage';
import { measureConstraints, measureKeys, measureWorkflows } from './overheads';
import { measureBulk, measureReads, measureWrites } from './requests';
import { measureGrowth, measureMemory } from './scale';

/** A part of the benchmark. */
export interface Scenario {
  readonly run: (stage: Stage) => Promise<void>;
  /** Takes minutes, so a quick run omits it. */
  readonly slow?: true;
}

/** The parts in the order in which they run. */
export const SCENARIOS = {
  writes: { run: measureWrites },
  bulk: { run: measureBulk },
  reads: { run: measureReads },
  constraints: { run: measureConstraints },
  keys: { run: measureKeys },
  workflows: { run: measureWorkflows },
  growth: { run: measureGrowth, slow: true },
  memory: { run: measureMemory, slow: true },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
