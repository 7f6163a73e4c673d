import { setImmediate as nextTurn } from 'node:timers/promises';

/** The time that a long computation keeps the event loop for itself, in milliseconds. */
const SLICE = 10;

/** Divides a long computation into slices, so that other requests are answered between them. */
export class TimeSlices {
  private since = performance.now();

  /** Lets other work run if the current slice is used up. */
  async pause(): Promise<void> {
    if (performance.now() - this.since < SLICE) return;
    await nextTurn();
    this.since = performance.now();
  }
}
