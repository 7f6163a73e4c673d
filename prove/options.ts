import { Command, InvalidArgumentError } from 'commander';
import { ATTACK_NAMES, type AttackName } from './claims';

export interface Options {
  /** About how long it may take. */
  readonly seconds: number;
  readonly json: boolean;
  readonly seed: number;
  readonly attacks: readonly AttackName[];
}

/** How much of each attack. */
export interface Plan {
  /** Rounds of each race. */
  readonly rounds: number;
  /** Sequences of commands that are held against the model. */
  readonly sequences: number;
  /** Kills of the application, and as many of PostgreSQL. */
  readonly kills: number;
  /** Requests that are fuzzed. */
  readonly requests: number;
}

const DEFAULT_SECONDS = 200;

/** What the default buys. */
const WHOLE: Plan = { rounds: 120, sequences: 400, kills: 20, requests: 20_000 };

/** What the control group gets: it falls early, or never. The short one is for runs of less than half a minute. */
const CONTROL: Plan = { rounds: 6, sequences: 40, kills: 3, requests: 2_400 };
const SHORT_CONTROL: Plan = { rounds: 3, sequences: 20, kills: 1, requests: 1_000 };

const HELP = `
Everything happens in an installation of its own, in a temporary directory (set TMPDIR to choose the disk); .data and
DATABASE_URL are left alone. Attacks:
  races   the same, opposing and unlike requests at once, on two to four processes that share a database
  model   random commands, each answer and in the end each row held against a model
  crash   kill -9 of the application and of PostgreSQL under load
  input   requests of all kinds, made from the OpenAPI document and then spoilt
Every database is audited afterwards. The control group is a server without any defence: an attack that does not catch it
proves nothing.

Exit code: 0 when every claim held and every attack caught the control group; 1 otherwise; 130 after Ctrl-C.`;

/** How much the seconds buy; never nothing. */
export function planFor(seconds: number): Plan {
  const scaled = (most: number): number => Math.max(1, Math.round((most * seconds) / DEFAULT_SECONDS));
  const { rounds, sequences, kills, requests } = WHOLE;
  return {
    rounds: scaled(rounds),
    sequences: scaled(sequences),
    kills: scaled(kills),
    requests: scaled(requests),
  };
}

export function controlPlanFor(seconds: number): Plan {
  return seconds < 30 ? SHORT_CONTROL : CONTROL;
}

/** Reads the command line; prints the help or what is wrong with it and ends the process where it should. */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('prove')
    .description('Attacks an installation of its own, and tells which claims held.')
    .option('--seconds <n>', 'about how long it may take', wholeNumber, DEFAULT_SECONDS)
    .option('--json', 'print one JSON object instead of the table', false)
    .option('--seed <n>', 'repeat what an earlier run did by chance', wholeNumber, Date.now() % 2 ** 31)
    .option('--only <attacks>', 'make only these attacks, separated by commas', parseAttacks, [...ATTACK_NAMES])
    .addHelpText('after', HELP)
    .parse(argv);
  const { only, ...options } = command.opts<Omit<Options, 'attacks'> & { only: readonly AttackName[] }>();
  return { ...options, attacks: ATTACK_NAMES.filter((name) => only.includes(name)) };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) < 1) throw new InvalidArgumentError('expected a whole number from 1 on');
  return Number(text);
}

function parseAttacks(text: string): AttackName[] {
  const names = text.split(',').map((name) => name.trim());
  const known = (name: string): name is AttackName => (ATTACK_NAMES as readonly string[]).includes(name);
  if (!names.every(known)) throw new InvalidArgumentError(`expected some of ${ATTACK_NAMES.join(', ')}`);
  return names;
}
