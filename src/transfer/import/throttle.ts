import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './session';

/** Milliseconds between two checks for other clients. */
const CHECK_EVERY = 500;

/** While there are other clients, a pause lasts this many times the preceding work, up to a limit in milliseconds. */
const PAUSE = { times: 2, most: 500 } as const;

const HAS_OTHER_CLIENTS = `
  SELECT EXISTS (
    SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'phaseline import'
        AND state_change > clock_timestamp() - interval '1 second')`;

/** Slows the import down while other clients use the database. Without other clients it never pauses. */
export class Throttle {
  /** True while there are other clients. */
  isActive = false;
  private checkedAt = -Infinity;
  private pausedAt = performance.now();

  constructor(private readonly session: Session) {}

  /** Pauses if necessary. To be called between two batches. */
  async pause(): Promise<void> {
    const worked = performance.now() - this.pausedAt;
    if (performance.now() - this.checkedAt > CHECK_EVERY) await this.check();
    if (this.isActive) await sleep(Math.min(worked * PAUSE.times, PAUSE.most));
    this.pausedAt = performance.now();
  }

  private async check(): Promise<void> {
    const [[hasOtherClients] = []] = await this.session.rows<[boolean]>({ text: HAS_OTHER_CLIENTS });
    this.isActive = hasOtherClients === true;
    this.checkedAt = performance.now();
  }
}
