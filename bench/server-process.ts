import { join } from 'node:path';
import { ChildServer } from '../src/terminal/child-server';
import { BUILD } from './repository';

/** Each is a process of its own. */
export type Program = 'Phaseline' | 'bare peer' | 'idiomatic peer';

const PROGRAMS: Readonly<Record<Program, string>> = {
  Phaseline: 'src/main.js',
  'bare peer': 'bench/peers/bare.js',
  'idiomatic peer': 'bench/peers/idiomatic.js',
};

/** Connections to the database: Phaseline's default, and what suited the peers best with 32 clients, of 4 to 32. */
export const POOL_SIZES: Readonly<Record<Program, number>> = { Phaseline: 10, 'bare peer': 12, 'idiomatic peer': 10 };

/**
 * Starts a server that is measured.
 *
 * @param settings besides those that every server is measured with
 * @throws Error with what it said, when it does not tell within a minute where it listens
 */
export function startServer(
  program: Program,
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ChildServer> {
  const common = { DATABASE_URL: databaseUrl, DB_POOL_SIZE: String(POOL_SIZES[program]) };
  return ChildServer.start(join(BUILD, PROGRAMS[program]), { ...common, ...settings }).catch((cause: Error) => {
    throw new Error(`The ${program} did not start: ${cause.message}`, { cause });
  });
}
