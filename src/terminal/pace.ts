/** How far something is: a fraction of the whole, and how many things of some kind are done. */
export interface Reached {
  readonly fraction: number;
  readonly count: number;
}

/** What is known of how fast it goes; nothing, at first. */
export interface Speed {
  readonly perSecond?: number;
  readonly secondsLeft?: number;
}

const WINDOW_MS = 10_000;
const LEAST_MS = 1_000;

/** Tells rate and time left from how far something was during the last seconds. Pure: it is told the time. */
export class Pace {
  private readonly past: (Reached & { readonly now: number })[] = [];

  /** @param now milliseconds of any clock that does not go back */
  observe(now: number, { fraction, count }: Reached): Speed {
    this.past.push({ now, fraction, count });
    while (this.past.length > 2 && this.past[1]!.now <= now - WINDOW_MS) this.past.shift();
    const [first] = this.past;
    const seconds = (now - first!.now) / 1_000;
    if (now - first!.now < LEAST_MS) return {};
    const perSecond = (count - first!.count) / seconds;
    const gained = (fraction - first!.fraction) / seconds;
    return gained > 0 ? { perSecond, secondsLeft: Math.max(0, 1 - fraction) / gained } : { perSecond };
  }
}

/** Rounded up, so that it never says that something is done which is not. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole <= 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
