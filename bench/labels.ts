import type { Read } from './conversations';

/** The names under which what was measured is reported, and by which the figures find it. */
export const LABELS = {
  writes: (who: 'Phaseline' | 'bare peer' | 'idiomatic peer' | 'database alone', connections: number): string =>
    `move, ${who}, ${connections} conn.`,
  bulk: (how: 'bulk of 100' | 'single requests'): string => `move, ${how}, 32 conn.`,
  defence: (how: 'with' | 'without'): string => `move, ${how} the database's defence, 32 conn.`,
  trust: (how: 'plain' | 'authentication' | 'Idempotency-Key'): string => `move, ${how}, 32 conn.`,
  read: (what: Read): string => `read ${what}, 32 conn.`,
  growth: (what: string, tickets: '10k' | '1M', connections: 1 | 32): string =>
    `${what}, ${tickets} tickets, ${connections} conn.`,
  workflow: (which: 'sdlc' | '200 phases, 5,000 edges'): string => `move, ${which}, 32 conn.`,
  memory: 'move, two minutes, 32 conn.',
} as const;
