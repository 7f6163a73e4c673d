import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './session';

/** How often it looks whether there are others, in milliseconds. */
const LOOK_EVERY = 500;

/** How much longer it rests than it has worked, while there are others; and at most, in milliseconds. */
const REST = { times: 2, most: 500 } as const;

const OTHERS = `
  SELECT EXISTS (
    SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'phaseline import'
        AND state_change > clock_timestamp() - interval '1 second')`;

/** Leaves most of the machine to those who use the database at the same time. Alone, it never rests. */
export class Throttle {
  /** There are others. */
  isDue = false;
  private lookedAt = -Infinity;
  private restedAt = performance.now();

  constructor(private readonly session: Session) {}

  /** To be called between two pieces of work. */
  async rest(): Promise<void> {
    const worked = performance.now() - this.restedAt;
    if (performance.now() - this.lookedAt > LOOK_EVERY) await this.look();
    if (this.isDue) await sleep(Math.min(worked * REST.times, REST.most));
    this.restedAt = performance.now();
  }

  private async look(): Promise<void> {
    const [[hasOthers] = []] = await this.session.rows<[boolean]>({ text: OTHERS });
    this.isDue = hasOthers === true;
    this.lookedAt = performance.now();
  }
}
