import type { LogRow } from './row';

/** A row as it comes from its source. */
export interface SourceRow {
  /** Its ticket's id there, or `NOBODYS`. */
  readonly ticket: string;
  readonly row: LogRow;
}

/** Where rows come from. Whatever tells of tickets row by row can be one. */
export interface LogSource {
  /**
   * In any order, read as they are asked for.
   *
   * @throws BrokenFileError where the source breaks off
   */
  readonly rows: AsyncIterable<SourceRow>;
  /** How much of the source has been read, from 0 to 1. */
  fractionRead(): number;
  close(): Promise<void>;
}
