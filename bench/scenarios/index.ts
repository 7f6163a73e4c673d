import type { Stage } from '../stage';
import { measureBulk } from './bulk';
import { measureDefence } from './defence';
import { measureGrowth } from './growth';
import { measureMemory } from './memory';
import { measureReads } from './reads';
import { measureTrust } from './trust';
import { measureWorkflows } from './workflows';
import { measureWrites } from './writes';

/** A part of the benchmark. */
export interface Scenario {
  readonly run: (stage: Stage) => Promise<void>;
  /** Takes minutes, so it is no part of a quick run. */
  readonly slow?: true;
}

/** In the order in which they run. */
export const SCENARIOS = {
  writes: { run: measureWrites },
  bulk: { run: measureBulk },
  reads: { run: measureReads },
  defence: { run: measureDefence },
  trust: { run: measureTrust },
  workflows: { run: measureWorkflows },
  growth: { run: measureGrowth, slow: true },
  memory: { run: measureMemory, slow: true },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
