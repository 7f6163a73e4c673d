import { constants, setPriority } from 'node:os';
import type { Cleaning } from '../../terminal/interruption';
import type { ImportDatabase } from './import-database';
import type { QuarantineFile } from './quarantine';
import { type ProgressDisplay, type ProgressState, startProgress } from '../../terminal/progress';

/** What every import has context it, whatever it imports. */
export interface ImportContext {
  readonly quarantineFile: QuarantineFile;
  /** What is to be closed in the end. */
  readonly cleaning: Cleaning;
  /** Nothing is written to the database. */
  readonly isDry: boolean;
  /** Ends the import early. */
  readonly signal: AbortSignal;
  /** Opens the database that the command line names. It is closed in the end. */
  openDatabase(): Promise<ImportDatabase>;
  /** Says something to whoever has started the import. */
  readonly say: (line: string) => void;
}

/** Runs the part of an import that takes time. @returns what it gave, and how long it took */
export async function timed<T>(
  { say, isDry }: ImportContext,
  { place }: ImportDatabase,
  run: () => Promise<T>,
): Promise<[T, number]> {
  say(`${isDry ? 'Dry run on' : 'Importing into'} ${place}`);
  // Whoever works at the same time comes first. Not before the database is there: one that is started is no less than others.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const started = performance.now();
  const result = await run();
  return [result, (performance.now() - started) / 1_000];
}

/** Shows the steps of an import, one after the other, on the error stream. */
export class ImportProgress {
  private current: ProgressDisplay | undefined;

  begin(read: () => ProgressState): void {
    this.stop();
    this.current = startProgress(process.stderr, read);
  }

  /** Prints a message so that it does not spoil what is quoted. */
  readonly print = (message: string): void => {
    if (this.current === undefined) process.stderr.write(`${message}\n`);
    else this.current.print(message);
  };

  stop(): void {
    this.current?.stop();
    this.current = undefined;
  }
}
