import { Command, InvalidArgumentError } from 'commander';
import type { Plan } from './rounds';
import { SCENARIO_NAMES, SCENARIOS, type Scenario, type ScenarioName } from './scenarios';

export interface Options {
  readonly quick: boolean;
  readonly json: string | undefined;
  /** What is to be measured, in order. */
  readonly scenarios: readonly ScenarioName[];
}

/** How long and how often everything is measured. */
export const PLANS: Readonly<Record<'full' | 'quick', Plan>> = {
  full: { rounds: 5, window: { warmUp: 500, measured: 4_000 }, rehearsal: 3_000 },
  quick: { rounds: 3, window: { warmUp: 250, measured: 1_000 }, rehearsal: 600 },
};

const HELP = `
Parts:
  writes    single moves at 1, 32 and 256 connections: Phaseline, the two peers of bench/peers, the database alone
  bulk      moves by the hundred in one request
  reads     a ticket, its history, its valid transitions, a page of tickets
  defence   moves with and without the triggers and constraints of the database
  trust     moves with authentication on, and with an Idempotency-Key on every request
  workflows moves under a workflow with 200 phases and 5,000 edges, and under the built-in one
  growth    everything at ten thousand and at a million tickets (not with --quick)
  memory    what the server keeps in memory under two minutes of full load (not with --quick)

Everything runs on this machine, against one embedded PostgreSQL with durable settings in a temporary directory (set
TMPDIR to choose the disk). Rounds take turns: A B C A B C … A full run takes about 20 minutes, a quick one less than two.

Exit code: 0 when everything was measured, also when a figure misses its target; 1 when anything answered wrongly or
could not be measured; 130 after Ctrl-C.`;

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('bench')
    .description('Measures Phaseline side by side with its peers, and holds the result against the figures to reach.')
    .option('--quick', 'fewer and shorter rounds, and nothing that takes minutes', false)
    .option('--json <file>', 'write everything that was measured to a file')
    .option('--only <parts>', 'measure only these parts, separated by commas', parseParts)
    .addHelpText('after', HELP)
    .parse(argv);
  const { quick, json, only } = command.opts<{ quick: boolean; json?: string; only?: ScenarioName[] }>();
  const wanted = (name: ScenarioName): boolean => only?.includes(name) ?? true;
  const fits = (name: ScenarioName): boolean => !quick || (SCENARIOS[name] as Scenario).slow !== true;
  const scenarios = SCENARIO_NAMES.filter((name) => wanted(name) && fits(name));
  if (scenarios.length === 0) command.error('error: with --quick there is nothing left to measure');
  return { quick, json, scenarios };
}

function parseParts(text: string): ScenarioName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(SCENARIO_NAMES as string[]).includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`expected some of ${SCENARIO_NAMES.join(', ')}`);
  return names as ScenarioName[];
}
