import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryConfig } from 'pg';
import { Phase, PHASE_TRANSITIONS } from '../../src/machine/phase';
import { REPOSITORY } from '../../testkit/build';

const ONE = readStatement('bare-transition.sql');
const MANY = readStatement('bare-transitions.sql');

/** The phases from which each phase can be reached. */
const ORIGINS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(Phase).map((to) => [to, Object.values(Phase).filter((from) => PHASE_TRANSITIONS[from].includes(to))]),
);

/** Returns one transition as a prepared statement. Its name lets a connection parse and plan it once. */
export function bareTransition(ticketId: string, toPhase: string, reason: string | null, by: string): QueryConfig {
  return { name: 'transition', text: ONE, values: [ticketId, toPhase, ORIGINS.get(toPhase) ?? [], reason, by] };
}

/** Returns transitions of different tickets as one prepared statement. */
export function bareTransitions(
  moves: readonly { readonly ticketId: string; readonly toPhase: string }[],
  reason: string,
  by: string,
): QueryConfig {
  const values = [moves.map(({ ticketId }) => ticketId), moves.map(({ toPhase }) => toPhase), reason, by];
  return { name: 'transitions', text: MANY, values };
}

function readStatement(file: string): string {
  return readFileSync(join(REPOSITORY, 'bench/peers', file), 'utf8');
}
