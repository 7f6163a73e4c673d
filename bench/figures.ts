import { READS, type Read } from './requests';
import { ratioOf, type Metric, type Results } from './rounds';

/** The labels of measured series, in the report and for the figures. */
export const LABELS = {
  writes: (server: 'Phaseline' | 'bare peer' | 'idiomatic peer' | 'database alone', connections: number): string =>
    `transitions, ${server}, ${connections} conn.`,
  bulk: (server: 'Phaseline' | 'database alone'): string => `transitions, ${server}, 100 at a time`,
  constraints: (how: 'with' | 'without'): string => `transitions, ${how} integrity constraints, 32 conn.`,
  keys: (how: 'no key' | 'API key' | 'Idempotency-Key'): string => `transitions, ${how}, 32 conn.`,
  read: (what: Read): string => `read ${what}, 32 conn.`,
  scale: (what: string, tickets: '10k' | '1M', connections: 1 | 32): string =>
    `${what}, ${tickets} tickets, ${connections} conn.`,
  workflow: (which: 'sdlc' | '200 phases, 5,000 edges'): string => `transitions, ${which}, 32 conn.`,
  memory: 'transitions, two minutes, 32 conn.',
} as const;

/** A ratio with a target. */
export interface Figure {
  readonly text: string;
  readonly target: string;
  /** The ratio of the medians; undefined where this run did not measure it. */
  readonly value?: number;
  /** The lowest and the highest ratio of a single round. */
  readonly range?: readonly [number, number];
  readonly met?: boolean;
  readonly note?: string;
}

interface FigureDefinition {
  readonly text: string;
  readonly metric: Metric;
  readonly of: string;
  readonly to: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly goal?: number;
}

const { writes, bulk, constraints, keys, workflow, scale } = LABELS;

const FIGURES: readonly FigureDefinition[] = [
  {
    text: 'transitions, 32 connections: Phaseline ÷ bare peer',
    metric: 'rate',
    of: writes('Phaseline', 32),
    to: writes('bare peer', 32),
    atLeast: 1.3,
    goal: 2,
  },
  {
    text: 'transitions, 32 connections: Phaseline ÷ idiomatic peer',
    metric: 'rate',
    of: writes('Phaseline', 32),
    to: writes('idiomatic peer', 32),
    atLeast: 8,
  },
  {
    text: 'p99 at 32 connections: Phaseline ÷ bare peer',
    metric: 'p99',
    of: writes('Phaseline', 32),
    to: writes('bare peer', 32),
    atMost: 1,
  },
  {
    text: 'p50 at 1 connection: Phaseline ÷ bare peer',
    metric: 'p50',
    of: writes('Phaseline', 1),
    to: writes('bare peer', 1),
    atMost: 2,
  },
  {
    text: 'bulk requests of 100 ÷ the database alone, statements of 100',
    metric: 'rate',
    of: bulk('Phaseline'),
    to: bulk('database alone'),
    atLeast: 0.6,
  },
  scaled('single transition', 'p50', 1, 1.3),
  ...(Object.keys(READS) as Read[]).map((read) => scaled(`read ${read}`, 'p50', 1, 1.3)),
  scaled('transitions, evenly', 'rate', 32, 2.2),
  {
    text: 'time per transition, 32 connections, 90 % on 10k active tickets: 1M ÷ 10k tickets',
    metric: 'rate',
    of: scale('transitions, evenly', '10k', 32),
    to: scale('transitions, active', '1M', 32),
    atMost: 1.3,
  },
  {
    text: 'transitions with integrity constraints ÷ without, 32 connections',
    metric: 'rate',
    of: constraints('with'),
    to: constraints('without'),
    atLeast: 0.8,
  },
  {
    text: 'transitions with an API key ÷ without, 32 connections',
    metric: 'rate',
    of: keys('API key'),
    to: keys('no key'),
    atLeast: 0.8,
  },
  {
    text: 'transitions with an Idempotency-Key ÷ without, 32 connections',
    metric: 'rate',
    of: keys('Idempotency-Key'),
    to: keys('no key'),
    atLeast: 0.6,
  },
  {
    text: 'time per transition, 32 connections: workflow of 200 phases and 5,000 edges ÷ sdlc',
    metric: 'rate',
    of: workflow('sdlc'),
    to: workflow('200 phases, 5,000 edges'),
    atMost: 1.1,
  },
];

/** The time at a million tickets ÷ the time at ten thousand; rates are divided the other way round. */
function scaled(what: string, metric: 'p50' | 'rate', connections: 1 | 32, atMost: number): FigureDefinition {
  const [large, small] = [scale(what, '1M', connections), scale(what, '10k', connections)];
  const [of, to] = metric === 'rate' ? [small, large] : [large, small];
  const unit = what.replace('transitions, evenly', 'transition, 32 connections, evenly spread');
  return { text: `time per ${unit}: 1M ÷ 10k tickets`, metric, of, to, atMost };
}

/** Computes each figure from the results of a run. */
export function figuresOf(results: Results): Figure[] {
  return [...FIGURES.map((definition) => figureOf(definition, results)), memoryFigure(results)];
}

function figureOf({ text, metric, of, to, atLeast, atMost, goal }: FigureDefinition, results: Results): Figure {
  const target = `${atLeast === undefined ? '≤' : '≥'} ${atLeast ?? atMost}${goal === undefined ? '' : ` (goal ${goal})`}`;
  const [numerator, denominator] = [results.find(of), results.find(to)];
  if (numerator === undefined || denominator === undefined) return { text, target };
  const { value, range } = ratioOf(numerator, denominator, metric);
  const met = Number.isFinite(value) && value >= (atLeast ?? 0) && value <= (atMost ?? Infinity);
  return { text, target, value, range, met };
}

/** Growth by 16 MiB is accepted, whatever part of a small server it is. */
function memoryFigure({ memory }: Results): Figure {
  const text = 'RSS at full load: seconds 100–120 ÷ seconds 20–40';
  const target = '≤ 1.1 or + 16 MiB';
  if (memory === undefined) return { text, target };
  const value = memory.late / memory.early;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const met = value <= 1.1 || memory.late - memory.early <= 16 * 2 ** 20;
  return { text, target, value, met, note: `${mebibytes(memory.early)} → ${mebibytes(memory.late)}` };
}
