import { inParallel } from '../parallel';
import { Random } from '../random';
import { defineStrictWorkflow } from '../strict-workflow';
import type { Target } from '../target';
import { archivedRests, editsKept, equalMoves, oneChain, opposingMoves } from './moves';
import { onceAtOnce, wholeOrNot } from './requests';

/** Servers that share the database, from first to last. */
const FLEETS = [2, 3, 4] as const;

/** Rounds under way at once. */
const WIDTH = 4;

const RACES = [equalMoves, opposingMoves, oneChain, editsKept, archivedRests, wholeOrNot, onceAtOnce];

/**
 * Callers that ask at the same time, of several processes on one database.
 *
 * @param rounds of each race
 */
export async function attackWithRaces(target: Target, rounds: number, seed: number): Promise<void> {
  const fleets = FLEETS.slice(-Math.max(1, Math.min(rounds, FLEETS.length)));
  for (const [n, processes] of fleets.entries()) {
    const arena = await target.open(processes);
    await defineStrictWorkflow(arena);
    const share = Math.ceil(((n + 1) * rounds) / fleets.length) - Math.ceil((n * rounds) / fleets.length);
    await inParallel(WIDTH, share * RACES.length, async (round) => {
      const { claim, run } = RACES[round % RACES.length]!;
      target.ledger.judge(claim, await run(arena, new Random(seed + n * 1_000_003 + round)));
    });
    target.say(`races: ${share} rounds of ${RACES.length} races on ${processes} processes`);
    await target.stop();
  }
}
