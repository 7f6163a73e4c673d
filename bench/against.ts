import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { BUILD } from '../testkit/build';
import { HttpClient, summaryOf, type HttpRequest } from '../testkit/http-client';
import { bulkTransitions, creations, READS, transitions, type Read, type RequestSequence } from './requests';
import { overHttp, ratioOf, runRounds, type Metric, type Series } from './rounds';
import type { Stage } from './stage';
import { evenly, LARGE_WORKLOAD, manyAtOnce, pathOf, SDLC_WORKLOAD, TicketPool, type Workload } from './workload';

/** A figure of two builds. */
export interface Comparison {
  readonly text: string;
  readonly unit: '/s' | 'ms';
  /** Medians of the rounds. */
  readonly current: number;
  readonly other: number;
  /** The speed of this build ÷ the speed of the other one: the median of the rounds' ratios. Above 1: it is faster. */
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/** The builds that are compared. */
interface Side {
  readonly name: 'this build' | 'other build';
  readonly script: string;
}

/** A build with its servers on a database of its own. */
interface Opponent extends Side {
  readonly origin: string;
  /** A second server on the same database, which requires API keys, and a key for it. */
  readonly secured: { readonly origin: string; readonly key: string };
  readonly sdlc: TicketPool;
  readonly large: TicketPool;
}

/** A workload for both builds in turn, and the compared metrics. */
interface Exercise {
  readonly part: string;
  readonly text: string;
  readonly connections: number;
  readonly metrics: readonly Metric[];
  /** Operations per request. */
  readonly weight?: number;
  readonly originOf?: (opponent: Opponent) => string;
  readonly requestsOf: (opponent: Opponent, connection: number, connections: number) => RequestSequence;
}

const BULK = 100;

/** Concurrent requests while a database is filled. */
const FILLERS = 16;

const EXERCISES: readonly Exercise[] = [
  { part: 'writes', text: 'single transition', connections: 1, metrics: ['p50'], requestsOf: transitionsOf() },
  { part: 'writes', text: 'transitions', connections: 32, metrics: ['rate', 'p99'], requestsOf: transitionsOf() },
  { part: 'writes', text: 'transitions', connections: 256, metrics: ['rate'], requestsOf: transitionsOf() },
  {
    part: 'bulk',
    text: `bulk transitions, ${BULK} per request`,
    connections: 32,
    metrics: ['rate'],
    weight: BULK,
    requestsOf: ({ sdlc }, n, count) => bulkTransitions(sdlc, manyAtOnce(sdlc.size, n, count, BULK)),
  },
  ...(['ticket', 'history', 'valid transitions', 'page of 50'] satisfies Read[]).map((read): Exercise => ({
    part: 'reads',
    text: `read ${read}`,
    connections: 32,
    metrics: ['rate'],
    requestsOf: ({ sdlc }) => READS[read](sdlc, evenly(sdlc.size, 0, 1)),
  })),
  {
    part: 'keys',
    text: 'transitions with an API key',
    connections: 32,
    metrics: ['rate'],
    originOf: ({ secured }) => secured.origin,
    requestsOf: transitionsOf(({ secured }) => `Authorization: Bearer ${secured.key}\r\n`),
  },
  {
    part: 'keys',
    text: 'transitions with an Idempotency-Key',
    connections: 32,
    metrics: ['rate'],
    requestsOf: transitionsOf(() => `Idempotency-Key: ${randomUUID()}\r\n`),
  },
  {
    part: 'workflows',
    text: 'transitions, workflow of 200 phases and 5,000 edges',
    connections: 32,
    metrics: ['rate'],
    requestsOf: ({ large }, n, count) => transitions(large, evenly(large.size, n, count)),
  },
  { part: 'writes', text: 'ticket creations', connections: 32, metrics: ['rate'], requestsOf: () => creations() },
];

function transitionsOf(headersOf: (opponent: Opponent) => string = () => ''): Exercise['requestsOf'] {
  return (opponent, connection, connections) => {
    const { sdlc } = opponent;
    return transitions(sdlc, evenly(sdlc.size, connection, connections), () => headersOf(opponent));
  };
}

/** The parts of the benchmark that a comparison can measure. */
export const COMPARED_PARTS: readonly string[] = [...new Set(EXERCISES.map(({ part }) => part))];

/** Returns the other build's server. @throws Error when the directory does not contain one */
export function serverOf(directory: string): string {
  const script = join(resolve(directory), 'dist/src/main.js');
  if (!existsSync(script)) throw new Error(`${script} does not exist. Build the other checkout first.`);
  return script;
}

/**
 * Measures this build and another one in turn. Only the other build's server and its HTTP API are used, so its schema may
 * be older or newer.
 *
 * @param parts of the benchmark, as `--only` names them
 * @param tickets in each database
 */
export async function compareBuilds(
  stage: Stage,
  otherScript: string,
  parts: readonly string[],
  tickets: number,
): Promise<Comparison[]> {
  const exercises = EXERCISES.filter(({ part }) => parts.includes(part));
  const current = await open(stage, { name: 'this build', script: join(BUILD, 'src/main.js') }, tickets);
  const other = await open(stage, { name: 'other build', script: otherScript }, tickets);
  const comparisons: Comparison[] = [];
  for (const exercise of exercises) {
    const candidates = [current, other].map((opponent) => {
      const { text, connections, weight, originOf = ({ origin }) => origin, requestsOf } = exercise;
      const label = `${text}, ${connections} conn., ${opponent.name}`;
      const requests = (n: number, count: number) => requestsOf(opponent, n, count);
      return overHttp(label, originOf(opponent), connections, requests, weight);
    });
    const series = await runRounds(candidates, stage.plan, stage.log);
    stage.results.add(...series);
    const [ours, theirs] = series;
    if (ours && theirs) comparisons.push(...exercise.metrics.map((metric) => compare(exercise, metric, ours, theirs)));
  }
  return comparisons;
}

function compare({ text, connections }: Exercise, metric: Metric, ours: Series, theirs: Series): Comparison {
  // A lower time is a higher speed.
  const [numerator, denominator] = metric === 'rate' ? [ours, theirs] : [theirs, ours];
  const { median, range } = ratioOf(numerator, denominator, metric);
  const name = `${text}, ${connections} conn.${metric === 'rate' ? '' : `, ${metric}`}`;
  const unit = metric === 'rate' ? '/s' : 'ms';
  return { text: name, unit, current: ours[metric], other: theirs[metric], ratio: median, range };
}

/** Starts a build on an empty database, which it migrates itself, and creates tickets through its API. */
async function open(stage: Stage, side: Side, count: number): Promise<Opponent> {
  const database = side.name.replace(' ', '_');
  const settings = { DATABASE_URL: await stage.createEmpty(database) };
  const { origin } = await stage.start(side.name, side.script, settings);
  const secured = await stage.start(side.name, side.script, { ...settings, AUTH: 'required' });
  const key = /\bpl_[\w-]{43}/.exec(secured.output())?.[0];
  if (key === undefined) throw new Error(`The ${side.name} printed no API key at its first start with AUTH=required.`);
  const client = new HttpClient(FILLERS);
  try {
    stage.log(`  ${side.name}: creating ${count} tickets of each workflow`);
    const post = (path: string, body: object) => send(client, origin, { method: 'POST', path, body });
    if (LARGE_WORKLOAD.definition) await post('/api/v1/workflows', LARGE_WORKLOAD.definition);
    const sdlc = await createTickets(post, SDLC_WORKLOAD, count);
    const large = await createTickets(post, LARGE_WORKLOAD, count);
    return { ...side, origin, secured: { origin: secured.origin, key }, sdlc, large };
  } finally {
    client.close();
  }
}

type Post = (path: string, body: object) => Promise<Record<string, unknown>>;

async function send(client: HttpClient, origin: string, request: HttpRequest): Promise<Record<string, unknown>> {
  const response = await client.send(origin, request);
  if (response.status >= 300) throw new Error(`${request.method} ${request.path}: ${summaryOf(response)}`);
  return response.body;
}

/** Creates tickets and takes them along the workload's paths. */
async function createTickets(post: Post, workload: Workload, count: number): Promise<TicketPool> {
  const ids: string[] = [];
  for (let first = 0; first < count; first += BULK) {
    const numbers = Array.from({ length: Math.min(BULK, count - first) }, (_, i) => first + i);
    const created = await Promise.all(
      numbers.map((n) => {
        const [phase_id] = pathOf(workload, n);
        return post('/api/v1/tickets', { title: `Ticket ${n}`, workflow: workload.workflow, phase_id });
      }),
    );
    ids.push(...created.map(({ id }) => String(id)));
    for (let step = 1; step < pathOf(workload, 0).length; step++) {
      const items = numbers.map((n) => ({ ticket_id: ids[n], to_phase: pathOf(workload, n)[step] }));
      await post('/api/v1/transitions', { mode: 'atomic', items });
    }
  }
  return new TicketPool(count, workload, ids);
}
