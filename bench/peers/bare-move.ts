import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryConfig } from 'pg';
import { Phase, PHASE_TRANSITIONS } from '../../src/machine/phase';
import { REPOSITORY } from '../repository';

const TEXT = readFileSync(join(REPOSITORY, 'bench/peers/bare-move.sql'), 'utf8');

/** From which phases each phase can be reached, worked out once. */
const ORIGINS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(Phase).map((to) => [to, Object.values(Phase).filter((from) => PHASE_TRANSITIONS[from].includes(to))]),
);

/** The move as a prepared statement: named, so that a connection parses and plans it once. */
export function bareMove(ticketId: string, toPhase: string, reason: string | null, by: string): QueryConfig {
  return { name: 'move', text: TEXT, values: [ticketId, toPhase, ORIGINS.get(toPhase) ?? [], reason, by] };
}
