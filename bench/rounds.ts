import { HttpConnection, type Conversation } from './http-connection';
import { measure, type Sample, type Window } from './load';
import { median } from './statistics';

/** One of those that are compared. */
export interface Contestant {
  readonly label: string;
  measure(window: Window): Promise<Sample>;
}

/** How long everything is measured, and how often. */
export interface Plan {
  readonly rounds: number;
  readonly window: Window;
  /** Once, before the first round, for code that is compiled while it runs; in milliseconds. */
  readonly rehearsal: number;
}

/** What the rounds showed of one contestant. */
export interface Series {
  readonly label: string;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** One a round, in their order. */
  readonly samples: readonly Sample[];
  /** Anything that was not the right answer, also before the first round. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Measures everybody in turn, again and again (A B C A B C …), so that a slow moment of the machine hits all alike. */
export async function compete(
  contestants: readonly Contestant[],
  { rounds, window, rehearsal }: Plan,
  say: (line: string) => void,
): Promise<Series[]> {
  const samples = contestants.map((): Sample[] => []);
  const rehearsals: Sample[] = [];
  for (const contestant of contestants) rehearsals.push(await contestant.measure({ warmUp: rehearsal, measured: 100 }));
  for (let round = 1; round <= rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const sample = await contestant.measure(window);
      samples[i]!.push(sample);
      say(`  ${round}/${rounds}  ${lineOf(contestant.label, sample)}`);
    }
  }
  return contestants.map(({ label }, i) => seriesOf(label, samples[i]!, rehearsals[i]));
}

/** @param rehearsal counts for nothing but its faults */
export function seriesOf(label: string, samples: readonly Sample[], rehearsal?: Sample): Series {
  const of = (metric: 'rate' | 'p50' | 'p99'): number => median(samples.map((sample) => sample[metric]));
  return {
    label,
    rate: of('rate'),
    p50: of('p50'),
    p99: of('p99'),
    samples,
    faults: sumOfFaults(rehearsal ? [rehearsal, ...samples] : samples),
  };
}

function sumOfFaults(samples: readonly Sample[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [fault, count] of samples.flatMap(({ faults }) => Object.entries(faults))) {
    sum[fault] = (sum[fault] ?? 0) + count;
  }
  return sum;
}

/** A server, as so many clients at once see it. */
export function overHttp(
  label: string,
  origin: string,
  connections: number,
  conversationOf: (connection: number, connections: number) => Conversation,
  weight = 1,
): Contestant {
  const open = (connection: number): Promise<HttpConnection> =>
    HttpConnection.open(origin, conversationOf(connection, connections));
  return {
    label,
    measure: async (window) => {
      const lines = await Promise.all(Array.from({ length: connections }, (_, connection) => open(connection)));
      return measure(lines, window, weight);
    },
  };
}

function lineOf(label: string, { rate, p50, p99, faults }: Sample): string {
  const wrong = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const figures = `${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return `${label}: ${figures}${wrong > 0 ? `, ${wrong} WRONG ANSWERS` : ''}`;
}
