import { READS, type Read } from './conversations';
import type { Findings } from './findings';
import { LABELS } from './labels';
import type { Series } from './rounds';

/** A ratio that Phaseline is to reach. */
export interface Figure {
  readonly text: string;
  readonly target: string;
  /** Undefined: not measured in this run. */
  readonly value?: number;
  /** The lowest and the highest ratio that a single round gave. */
  readonly range?: readonly [number, number];
  readonly met?: boolean;
  readonly note?: string;
}

type Metric = 'rate' | 'p50' | 'p99';

interface Comparison {
  readonly text: string;
  readonly metric: Metric;
  readonly of: string;
  readonly to: string;
  readonly least?: number;
  readonly most?: number;
  readonly aim?: number;
}

const { writes, bulk, defence, trust, workflow, growth } = LABELS;

/** The figures to reach: medians of interleaved rounds of one run. */
const COMPARISONS: readonly Comparison[] = [
  {
    text: 'writes, 32 connections: Phaseline ÷ bare peer',
    metric: 'rate',
    of: writes('Phaseline', 32),
    to: writes('bare peer', 32),
    least: 1.3,
    aim: 2,
  },
  {
    text: 'writes, 32 connections: Phaseline ÷ idiomatic peer',
    metric: 'rate',
    of: writes('Phaseline', 32),
    to: writes('idiomatic peer', 32),
    least: 8,
  },
  {
    text: 'p99 at 32 connections: Phaseline ÷ bare peer',
    metric: 'p99',
    of: writes('Phaseline', 32),
    to: writes('bare peer', 32),
    most: 1,
  },
  {
    text: 'writes, 1 connection: p50 Phaseline ÷ bare peer',
    metric: 'p50',
    of: writes('Phaseline', 1),
    to: writes('bare peer', 1),
    most: 2,
  },
  {
    text: 'bulk of 100: moves/s ÷ single requests, 32 connections',
    metric: 'rate',
    of: bulk('bulk of 100'),
    to: bulk('single requests'),
    least: 4,
  },
  grown('single move', 'p50', 1, 1.3),
  ...(Object.keys(READS) as Read[]).map((read) => grown(`read ${read}`, 'p50', 1, 1.3)),
  grown('moves, evenly', 'rate', 32, 2.2),
  {
    text: 'time per move, 32 connections, 90 % on 10k active tickets: 1M ÷ 10k tickets',
    metric: 'rate',
    of: growth('moves, evenly', '10k', 32),
    to: growth('moves, active', '1M', 32),
    most: 1.3,
  },
  {
    text: "writes with the database's defence ÷ without, 32 connections",
    metric: 'rate',
    of: defence('with'),
    to: defence('without'),
    least: 0.8,
  },
  {
    text: 'writes with authentication ÷ without, 32 connections',
    metric: 'rate',
    of: trust('authentication'),
    to: trust('plain'),
    least: 0.8,
  },
  {
    text: 'writes with an Idempotency-Key ÷ without, 32 connections',
    metric: 'rate',
    of: trust('Idempotency-Key'),
    to: trust('plain'),
    least: 0.6,
  },
  {
    text: 'time per move, 32 connections: workflow of 200 phases and 5,000 edges ÷ sdlc',
    metric: 'rate',
    of: workflow('sdlc'),
    to: workflow('200 phases, 5,000 edges'),
    most: 1.1,
  },
];

/** Time at a million tickets ÷ time at ten thousand; where rates are compared, the other way round. */
function grown(what: string, metric: 'p50' | 'rate', connections: 1 | 32, most: number): Comparison {
  const [large, small] = [growth(what, '1M', connections), growth(what, '10k', connections)];
  const [of, to] = metric === 'rate' ? [small, large] : [large, small];
  const text = `time per ${what.replace('moves, evenly', 'move, 32 connections, evenly spread')}: 1M ÷ 10k tickets`;
  return { text, metric, of, to, most };
}

/** What a run says about each figure. */
export function figuresOf(findings: Findings): Figure[] {
  return [...COMPARISONS.map((comparison) => figureOf(comparison, findings)), memoryFigure(findings)];
}

function figureOf({ text, metric, of, to, least, most, aim }: Comparison, findings: Findings): Figure {
  const target = `${least === undefined ? '≤' : '≥'} ${least ?? most}${aim === undefined ? '' : ` (aim ${aim})`}`;
  const [numerator, denominator] = [findings.find(of), findings.find(to)];
  if (numerator === undefined || denominator === undefined) return { text, target };
  const value = numerator[metric] / denominator[metric];
  const met = Number.isFinite(value) && value >= (least ?? 0) && value <= (most ?? Infinity);
  return { text, target, value, range: rangeOf(numerator, denominator, metric), met };
}

function rangeOf(numerator: Series, denominator: Series, metric: Metric): [number, number] {
  const ratios = numerator.samples.map((sample, i) => sample[metric] / denominator.samples[i]![metric]);
  return [Math.min(...ratios), Math.max(...ratios)];
}

/** A small server may grow by 16 MiB, whatever part of it that is. */
function memoryFigure({ memory }: Findings): Figure {
  const text = 'RSS at full load: seconds 100–120 ÷ seconds 20–40';
  const target = '≤ 1.1 or + 16 MiB';
  if (memory === undefined) return { text, target };
  const value = memory.late / memory.early;
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const met = value <= 1.1 || memory.late - memory.early <= 16 * 2 ** 20;
  return { text, target, value, met, note: `${mebibytes(memory.early)} → ${mebibytes(memory.late)}` };
}
