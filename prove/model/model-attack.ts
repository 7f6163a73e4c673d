import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../http-client';
import type { Arena, Target } from '../target';
import { differences } from './agreement';
import { commands } from './any-commands';
import { BEGINNING, type Command } from './commands';
import type { End } from './expected';
import { Model } from './model';
import { addTotals, countRows, differentRows, NOTHING_YET, type Totals } from './rows';

/** Sequences under way at once, each on tickets of its own. */
const LANES = 8;
const PROCESSES = 2;

/** How long what goes on after an answer may take, and how often it is asked for, in milliseconds. */
const PATIENCE = 20_000;
const PAUSE = 5;

/** What was found wrong with a sequence. */
class Disagreement extends Error {
  constructor(
    readonly answers: readonly string[],
    readonly rows: readonly string[],
  ) {
    super([...answers, ...rows].join('\n'));
  }
}

/** What fast-check is told. */
interface Parameters {
  readonly seed: number;
  readonly numRuns: number;
}

/**
 * Sequences of commands, each answer and in the end each row held against a model in memory. A sequence that disagrees is
 * made as short as it can be while it still does.
 *
 * @param sequences in all
 */
export async function attackWithCommands(target: Target, sequences: number, seed: number): Promise<void> {
  const arena = await target.open(PROCESSES);
  const totals: Totals = { ...NOTHING_YET };
  const lanes = Array.from({ length: Math.min(LANES, sequences) }, (_, lane) => {
    const numRuns = Math.ceil((sequences - lane) / LANES);
    return runLane(target, arena, totals, { seed: seed + lane, numRuns });
  });
  const sound = await Promise.all(lanes);
  target.say(`model: ${sequences} sequences`);
  if (!sound.every(Boolean)) return;
  const faults = differences(totals, await countRows(arena.databaseUrl), 'rows of ');
  target.ledger.judge('wholeDatabase', faults);
}

/** @returns whether nothing disagreed */
async function runLane(target: Target, arena: Arena, totals: Totals, parameters: Parameters): Promise<boolean> {
  const run = (sequence: readonly Command[]): Promise<void> => runSequence(target, arena, totals, sequence);
  if (target.program !== 'Phaseline') return runAll(target, run, parameters);
  const details = await fc.check(fc.asyncProperty(commands, run), parameters);
  if (!details.failed) return true;
  const { errorInstance, counterexample } = details;
  blame(target, errorInstance, `after ${fc.stringify(counterexample?.[0])} (seed ${parameters.seed})`);
  return false;
}

/** Nobody reads how the control group fails: its sequences are not made shorter, and none is left out. */
async function runAll(
  target: Target,
  run: (sequence: readonly Command[]) => Promise<void>,
  parameters: Parameters,
): Promise<boolean> {
  for (const sequence of fc.sample(commands, parameters)) {
    await run(sequence).catch((error: unknown) => blame(target, error, ''));
  }
  return false;
}

function blame({ ledger }: Target, error: unknown, after: string): void {
  if (!(error instanceof Disagreement)) throw error;
  const { answers, rows } = error;
  if (answers.length > 0) ledger.violate('answers', `${answers.join(', ')} ${after}`);
  if (rows.length > 0) ledger.violate('wholeDatabase', `${rows.join(', ')} ${after}`);
}

/** @throws Disagreement */
async function runSequence(
  { ledger }: Target,
  arena: Arena,
  totals: Totals,
  sequence: readonly Command[],
): Promise<void> {
  const model = new Model();
  let answers: string[] = [];
  for (const [n, command] of [...BEGINNING, ...sequence].entries()) {
    const expected = model.expect(command);
    const origin = arena.origins[n % arena.origins.length]!;
    const answer = await arena.client.send(origin, expected.request);
    ledger.attempt('answers');
    const faults = model.judge(expected, answer);
    if (faults.length === 0 && expected.end) faults.push(...(await faultsOfEnd(arena, origin, expected.end, answer)));
    answers = faults.map((fault) => `command ${n + 1 - BEGINNING.length}: ${fault}`);
    if (answers.length > 0) break;
  }
  const rows = await differentRows(arena.databaseUrl, model);
  ledger.attempt('wholeDatabase', model.tickets.length);
  if (answers.length + rows.length > 0) throw new Disagreement(answers, rows);
  addTotals(totals, model);
}

/** Waits for the end of what goes on after an answer, and not for ever. */
async function faultsOfEnd({ client }: Arena, origin: string, end: End, first: Answer): Promise<string[]> {
  const deadline = Date.now() + PATIENCE;
  while (Date.now() < deadline) {
    const answer = await client.send(origin, end.request(first));
    if (end.isOver(answer)) return differences(end.body, answer.body, ' in the end');
    await sleep(PAUSE);
  }
  return [`it has not come to its end within ${PATIENCE} ms`];
}
