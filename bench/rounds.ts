import { LoadConnection } from './connections';
import { measure, median, type Connection, type Sample, type Window } from './load';
import type { RequestSequence } from './requests';

export type Metric = 'rate' | 'p50' | 'p99';

/** One of the things that are compared. */
export interface Candidate {
  readonly label: string;
  measure(window: Window): Promise<Sample>;
}

/** The number and the duration of measurements. */
export interface Plan {
  readonly rounds: number;
  readonly window: Window;
  /** Time before the first round in which code is compiled, in milliseconds. */
  readonly rehearsal: number;
}

/** The medians of a candidate's rounds. */
export interface Series {
  readonly label: string;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** One per round. */
  readonly samples: readonly Sample[];
  /** Errors of all rounds and of the rehearsal. */
  readonly errors: Readonly<Record<string, number>>;
}

/** The memory of a server under load, in bytes: every second, and the medians of two intervals. */
export interface MemoryResult {
  readonly rss: readonly number[];
  readonly early: number;
  readonly late: number;
}

/** All results of a run. */
export class Results {
  readonly errors: string[] = [];
  memory?: MemoryResult;
  private readonly byLabel = new Map<string, Series>();

  get series(): Series[] {
    return [...this.byLabel.values()];
  }

  find(label: string): Series | undefined {
    return this.byLabel.get(label);
  }

  add(...series: Series[]): void {
    for (const one of series) {
      this.byLabel.set(one.label, one);
      for (const [error, count] of Object.entries(one.errors)) this.errors.push(`${one.label}: ${count} × ${error}`);
      if (one.samples.some(({ rate }) => rate === 0)) this.errors.push(`${one.label}: a round without any operation`);
    }
  }
}

/**
 * Measures the candidates in turn, round by round, so that a slow moment of the machine affects all of them. Every other
 * round runs in reverse order.
 */
export async function runRounds(
  candidates: readonly Candidate[],
  { rounds, window, rehearsal }: Plan,
  log: (line: string) => void,
): Promise<Series[]> {
  const measured = candidates.map((candidate) => ({ candidate, samples: [] as Sample[], rehearsals: [] as Sample[] }));
  for (const { candidate, rehearsals } of measured) {
    rehearsals.push(await candidate.measure({ warmUp: rehearsal, measured: 100 }));
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { candidate, samples } of round % 2 === 1 ? measured : measured.toReversed()) {
      const sample = await candidate.measure(window);
      samples.push(sample);
      log(`  ${round}/${rounds}  ${candidate.label}: ${formatSample(sample)}`);
    }
  }
  return measured.map(({ candidate, samples, rehearsals }) => seriesOf(candidate.label, samples, rehearsals));
}

/** @param rehearsals measurements of which only the errors count */
export function seriesOf(label: string, samples: readonly Sample[], rehearsals: readonly Sample[] = []): Series {
  const of = (metric: Metric): number => median(samples.map((sample) => sample[metric]));
  const errors: Record<string, number> = {};
  for (const [error, count] of [...rehearsals, ...samples].flatMap((sample) => Object.entries(sample.errors))) {
    errors[error] = (errors[error] ?? 0) + count;
  }
  return { label, rate: of('rate'), p50: of('p50'), p99: of('p99'), samples, errors };
}

/** The ratio of two series' medians, with the lowest and the highest ratio of a single round. */
export function ratioOf(numerator: Series, denominator: Series, metric: Metric) {
  const ratios = numerator.samples.map((sample, i) => sample[metric] / (denominator.samples[i]?.[metric] ?? NaN));
  return {
    value: numerator[metric] / denominator[metric],
    median: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)] as const,
  };
}

/** A candidate that opens new connections for each measurement. @param weight operations per exchange */
export function candidateOf(
  label: string,
  connections: number,
  open: (connection: number, connections: number) => Promise<Connection>,
  weight = 1,
): Candidate {
  const openAll = () => Promise.all(Array.from({ length: connections }, (_, n) => open(n, connections)));
  return { label, measure: async (window) => measure(await openAll(), window, weight) };
}

/** A server under a number of concurrent clients. */
export function overHttp(
  label: string,
  origin: string,
  connections: number,
  requestsOf: (connection: number, connections: number) => RequestSequence,
  weight = 1,
): Candidate {
  const open = (n: number, count: number) => LoadConnection.open(origin, requestsOf(n, count));
  return candidateOf(label, connections, open, weight);
}

function formatSample({ rate, p50, p99, errors }: Sample): string {
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  const figures = `${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return `${figures}${failed > 0 ? `, ${failed} ERRORS` : ''}`;
}
