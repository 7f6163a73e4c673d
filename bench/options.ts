import { Command, InvalidArgumentError } from 'commander';
import { COMPARED_PARTS, serverOf } from './against';
import type { Plan } from './rounds';
import { SCENARIO_NAMES, SCENARIOS, type Scenario, type ScenarioName } from './scenarios';

export interface Options {
  readonly quick: boolean;
  readonly json: string | undefined;
  /** The parts to measure, in order. */
  readonly scenarios: readonly ScenarioName[];
  /** The server script of the build to compare with. */
  readonly against: string | undefined;
}

type Plans = Readonly<Record<'full' | 'quick', Plan>>;

export const PLANS: Plans = {
  full: { rounds: 5, window: { warmUp: 500, measured: 4_000 }, rehearsal: 3_000 },
  quick: { rounds: 3, window: { warmUp: 250, measured: 1_000 }, rehearsal: 600 },
};

/** A comparison reports the median of at least seven rounds. */
export const COMPARISON_PLANS: Plans = {
  full: { rounds: 9, window: { warmUp: 500, measured: 4_000 }, rehearsal: 3_000 },
  quick: { rounds: 7, window: { warmUp: 250, measured: 1_000 }, rehearsal: 600 },
};

const HELP = `
Parts:
  writes      single transitions at 1, 32 and 256 connections: Phaseline, the peers in bench/peers, the database alone
  bulk        bulk requests of 100 transitions, and statements of as many on a direct connection
  reads       a ticket, its history, its valid transitions, a page of tickets
  constraints transitions with and without the triggers and constraints of the database
  keys        transitions with an API key, and with an Idempotency-Key on every request
  workflows   transitions in a workflow of 200 phases and 5,000 edges, and in the built-in one
  growth      reads and transitions at ten thousand and at a million tickets (not with --quick)
  memory      the server's memory during two minutes of full load (not with --quick)

Everything runs on this machine, on one embedded PostgreSQL with durable settings in a temporary directory. Set TMPDIR
to choose the disk. Candidates are measured in turn, round by round. A full run takes about 25 minutes, a quick one two.

--against compares this build with the built checkout in DIR: each has its own server and its own database, rounds
alternate, and the report prints the median and the range of the ratios. It measures the parts ${COMPARED_PARTS.join(', ')}
and takes about 25 minutes, or 5 with --quick.

Exit code: 0 when everything was measured, even if a figure misses its target; 1 after a wrong response or a failed
measurement; 130 after Ctrl-C.`;

/** Reads the command line. Prints the help or an error and exits where necessary. */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('bench')
    .description('Measures Phaseline beside its peers and compares the results with the targets.')
    .option('--quick', 'fewer and shorter rounds, without the parts that take minutes', false)
    .option('--json <file>', 'write all measurements to a file')
    .option('--only <parts>', 'measure only these parts, separated by commas', parseParts)
    .option('--against <dir>', 'compare this build with the built checkout in a directory', parseDirectory)
    .addHelpText('after', HELP)
    .parse(argv);
  const { quick, json, only, against } = command.opts<
    Omit<Partial<Options>, 'scenarios'> & { only?: ScenarioName[] }
  >();
  const isMeasured = (name: ScenarioName): boolean => {
    if (only && !only.includes(name)) return false;
    return against === undefined
      ? !quick || (SCENARIOS[name] as Scenario).slow !== true
      : COMPARED_PARTS.includes(name);
  };
  const scenarios = SCENARIO_NAMES.filter(isMeasured);
  if (scenarios.length === 0) command.error('error: these options leave no part to measure');
  return { quick: quick === true, json, scenarios, against };
}

function parseParts(text: string): ScenarioName[] {
  const names = text.split(',').map((name) => name.trim());
  const isKnown = (name: string): name is ScenarioName => (SCENARIO_NAMES as string[]).includes(name);
  if (!names.every(isKnown)) throw new InvalidArgumentError(`expected some of ${SCENARIO_NAMES.join(', ')}`);
  return names;
}

function parseDirectory(directory: string): string {
  try {
    return serverOf(directory);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
