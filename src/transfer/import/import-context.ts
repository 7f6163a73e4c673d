import { constants, setPriority } from 'node:os';
import { isUnavailable, sqlStateOf } from '../../database/database-errors';
import type { Cleaning } from '../../terminal/interruption';
import { say } from '../../terminal/run-program';
import { type ProgressDisplay, type ProgressState, startProgress } from '../../terminal/progress';
import { TransferError } from '../transfer-error';
import type { ImportDatabase } from './import-database';
import type { QuarantineFile } from './quarantine';

/** The resources of an import, the same for every file format. */
export interface ImportContext {
  readonly quarantineFile: QuarantineFile;
  /** Closes resources when the import ends. */
  readonly cleaning: Cleaning;
  /** True when the import must not write to the database. */
  readonly isDry: boolean;
  /** Aborts the import. */
  readonly signal: AbortSignal;
  /** Opens the database of the command line. `cleaning` closes it. */
  openDatabase(): Promise<ImportDatabase>;
  /** Prints a line to standard error. */
  readonly say: (line: string) => void;
}

/** Runs the main part of an import. @returns its result and its duration in seconds */
export async function timed<T>(
  { say, isDry }: ImportContext,
  { place }: ImportDatabase,
  run: () => Promise<T>,
): Promise<[T, number]> {
  say(`${isDry ? 'Dry run on' : 'Importing into'} ${place}`);
  // Lets other processes go first. Set after the database is open, because an embedded server would inherit the priority.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const started = performance.now();
  const result = await run();
  return [result, (performance.now() - started) / 1_000];
}

/** Explains an error of the database that ended the import; returns any other error unchanged. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof TransferError || (sqlStateOf(error) === undefined && !isUnavailable(error))) return error;
  const message = `the import stopped because of a database error: ${(error as Error).message}`;
  const advice = 'Tickets written so far are kept. Run the same command again to continue.';
  return new TransferError(`${message}\n${advice}`, { cause: error });
}

/** Shows the progress of each step of an import on standard error. */
export class ImportProgress {
  private current: ProgressDisplay | undefined;

  begin(read: () => ProgressState): void {
    this.stop();
    this.current = startProgress(process.stderr, read);
  }

  /** Prints a message above the progress bar. */
  readonly print = (message: string): void => {
    if (this.current === undefined) say(message);
    else this.current.print(message);
  };

  stop(): void {
    this.current?.stop();
    this.current = undefined;
  }
}
