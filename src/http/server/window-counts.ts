/** The count of one name in its window. */
interface WindowCount {
  readonly current: number;
  /** The rest of the window, in milliseconds. */
  readonly ttl: number;
}

/** The number of names that are counted by default, as in the plugin's own store. */
const MOST_NAMES = 5_000;

type Done = (error: Error | null, count: WindowCount) => void;

/**
 * The store of the rate limit. It counts as the plugin's own store, but by a monotonic clock: with that one, a caller stays
 * limited for as long as the system's clock was set back.
 */
export class WindowCounts {
  private readonly windows = new Map<string, { current: number; readonly startedAt: number }>();
  private readonly limit: number;

  /** @param settings `cache` is the maximum number of names; the one whose last request is oldest is evicted first */
  constructor({ cache = MOST_NAMES }: { readonly cache?: number }) {
    this.limit = cache;
  }

  /** @param duration of a window, in milliseconds */
  incr(name: string, done: Done, duration: number): void {
    const window = this.find(name, duration) ?? { current: 0, startedAt: performance.now() };
    window.current += 1;
    this.windows.delete(name);
    const [oldest] = this.windows.keys();
    if (oldest !== undefined && this.windows.size >= this.limit) this.windows.delete(oldest);
    this.windows.set(name, window);
    done(null, { current: window.current, ttl: window.startedAt + duration - performance.now() });
  }

  /** Returns the count without changing it. */
  read(name: string, done: Done, duration: number): void {
    const window = this.find(name, duration);
    if (window === undefined) return done(null, { current: 0, ttl: 0 });
    done(null, { current: window.current, ttl: window.startedAt + duration - performance.now() });
  }

  child(): WindowCounts {
    return new WindowCounts({ cache: this.limit });
  }

  private find(name: string, duration: number) {
    const window = this.windows.get(name);
    return window !== undefined && performance.now() - window.startedAt < duration ? window : undefined;
  }
}
