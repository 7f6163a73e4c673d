import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponse } from '../../testkit/http-client';
import type { Deployment, Target } from '../target';
import { differences } from './agreement';
import { commands } from './any-commands';
import { PRELUDE, type Command } from './commands';
import type { Completion } from './refusals';
import { Model } from './model';
import { addTotals, countRows, differentRows, INITIAL_TOTALS, type Totals } from './rows';

/** Concurrent sequences, each on tickets of its own. */
const WORKERS = 8;
const PROCESSES = 2;

/** The time limit of a migration, and the interval of its polling, in milliseconds. */
const COMPLETION_TIMEOUT = 20_000;
const POLL_INTERVAL = 5;

/** The differences between a sequence's results and the model. */
class Mismatch extends Error {
  constructor(
    readonly answers: readonly string[],
    readonly rows: readonly string[],
  ) {
    super([...answers, ...rows].join('\n'));
  }
}

/** Parameters of fast-check. */
interface CheckParameters {
  readonly seed: number;
  readonly numRuns: number;
}

/**
 * Runs sequences of random commands and compares each response, and finally each row, with a model in memory. A failing
 * sequence is shortened as far as it still fails.
 *
 * @param sequences in all
 */
export async function attackWithCommands(target: Target, sequences: number, seed: number): Promise<void> {
  const deployment = await target.deploy(PROCESSES);
  const totals: Totals = { ...INITIAL_TOTALS };
  const running = Array.from({ length: Math.min(WORKERS, sequences) }, (_, worker) => {
    const numRuns = Math.ceil((sequences - worker) / WORKERS);
    return runSequences(target, deployment, totals, { seed: seed + worker, numRuns });
  });
  const results = await Promise.all(running);
  target.log(`model: ${sequences} sequences`);
  if (!results.every(Boolean)) return;
  const errors = differences(totals, await countRows(deployment.databaseUrl), 'rows of ');
  target.results.check('wholeDatabase', errors);
}

/** @returns whether all sequences agreed with the model */
async function runSequences(
  target: Target,
  deployment: Deployment,
  totals: Totals,
  parameters: CheckParameters,
): Promise<boolean> {
  const run = (sequence: readonly Command[]): Promise<void> => runSequence(target, deployment, totals, sequence);
  if (target.name !== 'Phaseline') return runAll(target, run, parameters);
  const details = await fc.check(fc.asyncProperty(commands, run), parameters);
  if (!details.failed) return true;
  const { errorInstance, counterexample } = details;
  recordMismatch(target, errorInstance, `after ${fc.stringify(counterexample?.[0])} (seed ${parameters.seed})`);
  return false;
}

/** Runs all sequences of the control group, without shortening failing ones. */
async function runAll(
  target: Target,
  run: (sequence: readonly Command[]) => Promise<void>,
  parameters: CheckParameters,
): Promise<boolean> {
  for (const sequence of fc.sample(commands, parameters)) {
    await run(sequence).catch((error: unknown) => recordMismatch(target, error, ''));
  }
  return false;
}

function recordMismatch({ results }: Target, error: unknown, after: string): void {
  if (!(error instanceof Mismatch)) throw error;
  const { answers, rows } = error;
  if (answers.length > 0) results.violate('answers', `${answers.join(', ')} ${after}`);
  if (rows.length > 0) results.violate('wholeDatabase', `${rows.join(', ')} ${after}`);
}

/** @throws Mismatch */
async function runSequence(
  { results }: Target,
  deployment: Deployment,
  totals: Totals,
  sequence: readonly Command[],
): Promise<void> {
  const model = new Model();
  let answers: string[] = [];
  for (const [n, command] of [...PRELUDE, ...sequence].entries()) {
    const expected = model.expect(command);
    const origin = deployment.origins[n % deployment.origins.length] ?? deployment.origins[0];
    const answer = await deployment.client.send(origin, expected.request);
    results.attempt('answers');
    const errors = model.compare(expected, answer);
    if (errors.length === 0 && expected.completion) {
      errors.push(...(await awaitCompletion(deployment, origin, expected.completion, answer)));
    }
    answers = errors.map((error) => `command ${n + 1 - PRELUDE.length}: ${error}`);
    if (answers.length > 0) break;
  }
  const rows = await differentRows(deployment.databaseUrl, model);
  results.attempt('wholeDatabase', model.tickets.length);
  if (answers.length + rows.length > 0) throw new Mismatch(answers, rows);
  addTotals(totals, model);
}

/** Waits until a process has finished and compares its result. */
async function awaitCompletion(
  { client }: Deployment,
  origin: string,
  completion: Completion,
  first: HttpResponse,
): Promise<string[]> {
  const deadline = Date.now() + COMPLETION_TIMEOUT;
  while (Date.now() < deadline) {
    const answer = await client.send(origin, completion.request(first));
    if (completion.isOver(answer)) return differences(completion.body, answer.body, ' finally');
    await sleep(POLL_INTERVAL);
  }
  return [`it did not finish within ${COMPLETION_TIMEOUT} ms`];
}
