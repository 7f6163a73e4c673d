import { join } from 'node:path';
import { ChildServer } from '../src/terminal/child-server';

/** Each is a process of its own. */
export type Program = 'Phaseline' | 'control group';

/** Seen from the build, where this file lies in `dist/prove`. */
const PROGRAMS: Readonly<Record<Program, string>> = {
  Phaseline: join(__dirname, '../src/main.js'),
  'control group': join(__dirname, 'control/main.js'),
};

/**
 * Starts a server that is attacked.
 *
 * @param settings environment variables; no others are passed on, and no `.env` is read
 * @throws Error with what it said, when it does not tell within a minute where it listens
 */
export function startServer(program: Program, settings: Readonly<Record<string, string>>): Promise<ChildServer> {
  return ChildServer.start(PROGRAMS[program], settings).catch((cause: Error) => {
    throw new Error(`The ${program} did not start: ${cause.message}`, { cause });
  });
}
