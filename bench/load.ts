import { percentile } from './statistics';

/** Something that does one operation after the other. */
export interface Line {
  /** Starts an operation. `done` is told when it ended, and what was wrong with it, if anything was. */
  exchange(done: (fault?: string) => void): void;
  close(): void;
}

/** How long a measurement takes, in milliseconds. */
export interface Window {
  /** Before anything counts. */
  readonly warmUp: number;
  readonly measured: number;
}

/** What one measurement showed. */
export interface Sample {
  /** Operations a second. */
  readonly rate: number;
  /** Time of an exchange that half, and 99 of 100, did not exceed, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Anything that was not the right answer: what it was, and how often it came. */
  readonly faults: Readonly<Record<string, number>>;
}

/** An operation that takes longer than this has failed, in milliseconds. */
const PATIENCE = 20_000;

/** A measurement in which so much went wrong ends at once. */
const FAULTS_AT_MOST = 1_000;

/**
 * Keeps every line busy, each with one exchange at a time, and closes them afterwards. What ends within the measured
 * time counts; what is under way at the end is waited for, so that it is known where every ticket stands.
 *
 * @param weight operations an exchange
 * @throws Error when an answer does not come at all
 */
export async function measure(lines: readonly Line[], { warmUp, measured }: Window, weight = 1): Promise<Sample> {
  const begin = performance.now() + warmUp;
  const tally = new Tally(begin, begin + measured);
  const late = new Late(warmUp + measured + PATIENCE);
  try {
    await Promise.race([Promise.all(lines.map((line) => keepBusy(line, tally))), late.rejection]);
    return tally.sample(weight);
  } finally {
    late.cancel();
    for (const line of lines) line.close();
  }
}

function keepBusy(line: Line, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const step = (): void => {
      const started = performance.now();
      if (tally.isOver(started)) return resolve();
      line.exchange((fault) => {
        tally.count(started, performance.now(), fault);
        step();
      });
    };
    step();
  });
}

/** Counts what ends between two moments. */
class Tally {
  private readonly durations: number[] = [];
  private readonly faults: Record<string, number> = {};
  private faultCount = 0;

  constructor(
    private readonly begin: number,
    private readonly end: number,
  ) {}

  isOver(now: number): boolean {
    return now >= this.end || this.faultCount >= FAULTS_AT_MOST;
  }

  count(started: number, ended: number, fault: string | undefined): void {
    if (fault !== undefined) this.countFault(fault);
    else if (ended >= this.begin && ended < this.end) this.durations.push(ended - started);
  }

  sample(weight: number): Sample {
    const sorted = Float64Array.from(this.durations).sort();
    const rate = (weight * sorted.length * 1_000) / (this.end - this.begin);
    return { rate, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), faults: this.faults };
  }

  /** Ids differ from answer to answer; what they are an example of does not. */
  private countFault(fault: string): void {
    const kind = fault.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…');
    this.faults[kind] = (this.faults[kind] ?? 0) + 1;
    this.faultCount++;
  }
}

class Late {
  readonly rejection: Promise<never>;
  private timer?: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.rejection = new Promise((_resolve, reject) => {
      const fail = (): void => reject(new Error(`No answer came within ${PATIENCE / 1_000} s.`));
      this.timer = setTimeout(fail, milliseconds);
    });
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
