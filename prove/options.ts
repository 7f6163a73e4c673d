import { Command, InvalidArgumentError } from 'commander';
import { ATTACK_NAMES, type AttackName } from './properties';

export interface Options {
  /** The approximate duration of the run. */
  readonly seconds: number;
  readonly json: boolean;
  readonly seed: number;
  readonly attacks: readonly AttackName[];
}

/** The amount of each attack. */
export interface Plan {
  /** Rounds of each race. */
  readonly rounds: number;
  /** Sequences of commands that are compared with the model. */
  readonly sequences: number;
  /** Kills of the application, and as many of PostgreSQL. */
  readonly kills: number;
  /** Generated requests. */
  readonly requests: number;
  /** Fail-overs to a standby. */
  readonly failovers: number;
  /** Runs of every attack with SQL. */
  readonly sweeps: number;
  /** Servers that SIGTERM stops under load. */
  readonly stops: number;
}

const DEFAULT_SECONDS = 200;

/** The plan for the default duration. */
const FULL: Plan = { rounds: 120, sequences: 400, kills: 20, requests: 20_000, failovers: 6, sweeps: 2, stops: 3 };

/** The plans for the control group, which fails early or never. The short one is for runs below half a minute. */
const CONTROL: Plan = { rounds: 6, sequences: 40, kills: 3, requests: 2_400, failovers: 2, sweeps: 1, stops: 1 };
const SHORT_CONTROL: Plan = { rounds: 3, sequences: 20, kills: 1, requests: 1_000, failovers: 1, sweeps: 1, stops: 1 };

const HELP = `
The attacks run against an installation of their own in a temporary directory (set TMPDIR to choose the disk). They do
not use .data or DATABASE_URL. Attacks:
  races   equal, opposing and unrelated requests at the same time, on two to four processes that share a database
  model   random commands; each response, and finally each row, is compared with a model
  crash   kill -9 of the server and of PostgreSQL under load
  input   requests generated from the OpenAPI document and then mutated
  failover  a primary is cut off from its synchronous standby, waiting commits are cancelled, the primary is killed, and the
          standby is promoted under load; the control group replicates asynchronously
  sql     transactions of a role with SELECT, INSERT, UPDATE and DELETE that would break an invariant; the control group has no
          triggers
  shutdown  SIGTERM while clients on kept connections send requests; the control group waits for its clients without a limit
Every database is audited afterwards. The control group is a server without safeguards. An attack that finds no violation
in it proves nothing.

Exit code: 0 when every property held and every attack found violations in the control group; 1 otherwise; 130 after
Ctrl-C.`;

/** Scales the plan to a duration. Each attack happens at least once. */
export function planFor(seconds: number): Plan {
  const scaled = (full: number): number => Math.max(1, Math.round((full * seconds) / DEFAULT_SECONDS));
  const { rounds, sequences, kills, requests, failovers, sweeps, stops } = FULL;
  return {
    rounds: scaled(rounds),
    sequences: scaled(sequences),
    kills: scaled(kills),
    requests: scaled(requests),
    failovers: scaled(failovers),
    sweeps: scaled(sweeps),
    stops: scaled(stops),
  };
}

export function controlPlanFor(seconds: number): Plan {
  return seconds < 30 ? SHORT_CONTROL : CONTROL;
}

/** Reads the command line. Prints the help or an error and exits where necessary. */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('prove')
    .description('Attacks a temporary installation and reports which properties hold.')
    .option('--seconds <n>', 'the approximate duration', positiveInteger, DEFAULT_SECONDS)
    .option('--json', 'print one JSON object instead of the table', false)
    .option('--seed <n>', 'repeat the random choices of an earlier run', positiveInteger, Date.now() % 2 ** 31)
    .option('--only <attacks>', 'run only these attacks, separated by commas', parseAttacks, [...ATTACK_NAMES])
    .addHelpText('after', HELP)
    .parse(argv);
  const { only, ...options } = command.opts<Omit<Options, 'attacks'> & { only: readonly AttackName[] }>();
  return { ...options, attacks: ATTACK_NAMES.filter((name) => only.includes(name)) };
}

function positiveInteger(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('expected a positive integer');
  return Number(text);
}

function parseAttacks(text: string): AttackName[] {
  const names = text.split(',').map((name) => name.trim());
  const known = (name: string): name is AttackName => (ATTACK_NAMES as readonly string[]).includes(name);
  if (!names.every(known)) throw new InvalidArgumentError(`expected some of ${ATTACK_NAMES.join(', ')}`);
  return names;
}
