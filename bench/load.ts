/** Performs one operation after the other. */
export interface Connection {
  /** Starts an operation. Calls `done` at its end, with a description of the error if there was one. */
  exchange(done: (error?: string) => void): void;
  close(): void;
}

/** Durations of a measurement, in milliseconds. */
export interface Window {
  /** Time before operations count. */
  readonly warmUp: number;
  readonly measured: number;
}

/** The result of one measurement. */
export interface Sample {
  /** Operations per second. */
  readonly rate: number;
  /** Percentiles of the time of an exchange, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The number of errors by kind. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Time after which an operation has failed, in milliseconds. */
const TIMEOUT = 20_000;

/** A measurement with this many errors ends at once. */
const MAX_ERRORS = 1_000;

/**
 * Keeps every connection busy, each with one exchange at a time, and closes them afterwards. Exchanges that end within the
 * measured time count. Exchanges in progress at the end are awaited, so that the phase of every ticket is known.
 *
 * @param weight operations per exchange
 * @throws Error when a response does not arrive
 */
export async function measure(
  connections: readonly Connection[],
  { warmUp, measured }: Window,
  weight = 1,
): Promise<Sample> {
  const begin = performance.now() + warmUp;
  const recorder = new Recorder(begin, begin + measured);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new Error(`No response arrived within ${TIMEOUT / 1_000} s.`));
    timer = setTimeout(fail, warmUp + measured + TIMEOUT);
  });
  try {
    await Promise.race([Promise.all(connections.map((connection) => keepBusy(connection, recorder))), timeout]);
    return recorder.sample(weight);
  } finally {
    clearTimeout(timer);
    for (const connection of connections) connection.close();
  }
}

function keepBusy(connection: Connection, recorder: Recorder): Promise<void> {
  return new Promise((resolve) => {
    const next = (): void => {
      const started = performance.now();
      if (recorder.isOver(started)) return resolve();
      connection.exchange((error) => {
        recorder.record(started, performance.now(), error);
        next();
      });
    };
    next();
  });
}

/** Records the exchanges that end between two moments. */
class Recorder {
  private readonly durations: number[] = [];
  private readonly errors: Record<string, number> = {};
  private errorCount = 0;

  constructor(
    private readonly begin: number,
    private readonly end: number,
  ) {}

  isOver(now: number): boolean {
    return now >= this.end || this.errorCount >= MAX_ERRORS;
  }

  record(started: number, ended: number, error: string | undefined): void {
    if (error !== undefined) this.recordError(error);
    else if (ended >= this.begin && ended < this.end) this.durations.push(ended - started);
  }

  sample(weight: number): Sample {
    const sorted = Float64Array.from(this.durations).sort();
    const rate = (weight * sorted.length * 1_000) / (this.end - this.begin);
    return { rate, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), errors: this.errors };
  }

  /** Groups errors that differ only in their ids. */
  private recordError(error: string): void {
    const kind = error.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…');
    this.errors[kind] = (this.errors[kind] ?? 0) + 1;
    this.errorCount++;
  }
}

/** The mean of the two middle values where their number is even; NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** The nearest-rank percentile of sorted values; NaN for no values. */
function percentile(sorted: Float64Array, part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}
