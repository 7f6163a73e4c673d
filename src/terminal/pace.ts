/** State of a run: the finished fraction of the whole, and the number of finished items. */
export interface Reached {
  readonly fraction: number;
  readonly count: number;
}

/** Measured speed; empty during the first second. */
export interface Speed {
  readonly perSecond?: number;
  readonly secondsLeft?: number;
}

const WINDOW_MS = 10_000;
const MINIMUM_MS = 1_000;

/** Computes rate and remaining time from the states of the last ten seconds. */
export class Pace {
  private readonly samples: (Reached & { readonly now: number })[] = [];

  /** @param now milliseconds of a monotonic clock */
  observe(now: number, { fraction, count }: Reached): Speed {
    this.samples.push({ now, fraction, count });
    const begin = this.samples.findLastIndex((sample) => sample.now <= now - WINDOW_MS);
    if (begin > 0) this.samples.splice(0, Math.min(begin, this.samples.length - 2));
    const [first] = this.samples;
    if (first === undefined || now - first.now < MINIMUM_MS) return {};
    const seconds = (now - first.now) / 1_000;
    const perSecond = (count - first.count) / seconds;
    const gained = (fraction - first.fraction) / seconds;
    return gained > 0 ? { perSecond, secondsLeft: Math.max(0, 1 - fraction) / gained } : { perSecond };
  }
}

/** Formats a duration, rounded up so that an unfinished run never shows zero. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole <= 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
