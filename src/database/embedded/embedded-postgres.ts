import { findBinaries } from './binaries';
import type { Installation } from './cluster';
import { prepareDirectory } from './directory';
import { ServerKeeper } from './keeper';

/** A running PostgreSQL for this application alone. */
export interface EmbeddedPostgres {
  /** With the password, for the user and database `postgres`. It stays the same for as long as the application runs. */
  readonly url: string;
  /** Where the data really are. */
  readonly directory: string;
  /** True while the server is another application's; false once this one has had to start it itself. */
  readonly adopted: boolean;
  readonly version: string;
  /** Stops the server and waits until it is down; one that was adopted is left running. */
  stop(): Promise<void>;
}

/** What {@link startEmbeddedPostgres} may be told. */
export interface EmbeddedOptions {
  /** Where the cluster, its password, port and log are kept. */
  directory: string;
  /** `false` is for throw-away clusters of tests: nothing is synced to disk. Default `true`. */
  durable?: boolean;
  /** Told in plain words what is going on. */
  report?: (line: string) => void;
  /** The server is gone, and could not be brought back for 30 seconds. */
  onFailure?: (error: Error) => void;
  /** More PostgreSQL settings, or other values for the ones made here. */
  settings?: Record<string, string>;
}

/**
 * Starts a private PostgreSQL on 127.0.0.1, or adopts the one that another application runs on the same directory.
 * It is brought back on the same port when it goes away, and ends with the application, however that ends.
 *
 * @throws Error with what to do about it, when no server can be had here
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { durable = true, report = () => undefined, onFailure = () => undefined, settings = {} } = options;
  const place = prepareDirectory(options.directory, report);
  const binaries = findBinaries(place, report);
  const installation: Installation = { ...place, binaries, durable, settings, report };
  const keeper = new ServerKeeper(installation, onFailure);
  await keeper.start();
  return keeper;
}
