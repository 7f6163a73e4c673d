import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildServer } from '../../terminal/child-server';
import { Interrupted } from '../../terminal/interruption';
import { ReplayError } from './replay-error';

/** The application, started for this run alone. */
export interface OwnServer {
  readonly url: string;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
}

const APPLICATION = join(__dirname, '../../main.js');

/**
 * Starts the application on a free port, with a database of its own in a temporary directory.
 *
 * @throws ReplayError when it does not listen within a minute, or Interrupted; then, too, nothing is left behind
 */
export async function startOwnServer(signal: AbortSignal): Promise<OwnServer> {
  const directory = await mkdtemp(join(tmpdir(), 'phaseline-replay-'));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    // In the directory, so that no `.env` of the caller's names another database; and detached, so that Ctrl-C does not
    // reach it before the answers it owes are in.
    const options = { cwd: directory, detached: true, signal };
    const server = await ChildServer.start(APPLICATION, settingsFor(directory), options);
    return { url: server.origin, stop: () => server.stop().then(remove) };
  } catch (cause) {
    await remove();
    if (signal.aborted) throw new Interrupted('interrupted while the application started', { cause });
    throw new ReplayError(`the application did not start: ${(cause as Error).message}`, { cause });
  }
}

/** Those of the caller, but for what could lead it to other data, or slow it down. */
function settingsFor(directory: string): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...environment } = process.env;
  const own = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    RATE_LIMIT_MAX: '0',
  };
  return { ...environment, ...own };
}
