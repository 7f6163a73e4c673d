import { completeWorkflow, type CompleteWorkflow } from '../src/machine/workflow';

/** A workflow and the paths that the tickets of a generated database take through it. */
export interface Workload {
  /** The workflow's key. */
  readonly workflow: string;
  /** The workflow itself, unless every database contains it. */
  readonly definition?: CompleteWorkflow;
  /**
   * Visited phases, oldest first. Ticket n takes path n modulo their number. The last two phases of a path are connected
   * in both directions, so that measured transitions can alternate between them.
   */
  readonly paths: readonly (readonly string[])[];
}

/** Transitions in the history of each generated ticket: one fewer than a path has phases. */
export const PAST_TRANSITIONS = 10;

/** The built-in workflow. */
export const SDLC_WORKLOAD: Workload = {
  workflow: 'sdlc',
  paths: [
    ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('IMPLEMENTATION', 'TESTING')],
    ['BACKLOG', 'BLOCKED', 'BACKLOG', ...fourTimes('BLOCKED', 'BACKLOG')],
    ['REQUIREMENTS', 'BLOCKED', 'REQUIREMENTS', ...fourTimes('BLOCKED', 'REQUIREMENTS')],
    ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('BLOCKED', 'DESIGN')],
  ],
};

const PHASES = 200;

/** The distances of the edges out of a phase, on a ring of all phases. The 25 distances make 5,000 edges. */
const DISTANCES = [...upTo(12), 100, ...upTo(12).map((distance) => PHASES - distance)];

const NUMBERS = [...Array(PHASES).keys()];

/** A workflow of 200 phases with waiting phases and the resume rule. */
const LARGE_WORKFLOW = completeWorkflow({
  key: 'large',
  title: 'Two hundred phases',
  initial: NUMBERS.map(phaseName),
  phases: NUMBERS.map((number) => ({ id: phaseName(number), category: isWaiting(number) ? 'waiting' : 'active' })),
  transitions: NUMBERS.flatMap((from) =>
    DISTANCES.map((distance) => ({ from: phaseName(from), to: phaseName(from + distance) })),
  ),
  resume: 'reached',
});

/** One path for every edge out of a phase that is not a waiting phase. Tickets end in these and visit all phases. */
export const LARGE_WORKLOAD: Workload = {
  workflow: LARGE_WORKFLOW.key,
  definition: LARGE_WORKFLOW,
  paths: DISTANCES.flatMap((distance) =>
    NUMBERS.filter((rest) => !isWaiting(rest)).map((rest) => pathTo(rest, rest + distance)),
  ),
};

/** Leads to `rest` in steps of ten, which avoid waiting phases, then to `away` and back. */
function pathTo(rest: number, away: number): string[] {
  const stops = PAST_TRANSITIONS - 1;
  const approach = Array.from({ length: stops }, (_, i) => rest + PHASES - 10 * (stops - 1 - i));
  return [...approach, away, rest].map(phaseName);
}

function isWaiting(number: number): boolean {
  return number % 10 === 9;
}

function phaseName(number: number): string {
  return `phase-${String(number % PHASES).padStart(3, '0')}`;
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function fourTimes(...pair: [string, string]): string[] {
  return [...pair, ...pair, ...pair, ...pair];
}

export function pathOf({ paths }: Workload, n: number): readonly string[] {
  return paths[n % paths.length] ?? [];
}

/** Returns the phase of a generated ticket before anything is measured. */
export function finalPhase(path: readonly string[]): string {
  return path[PAST_TRANSITIONS] ?? '';
}

/**
 * Times of creation in milliseconds: of the first generated ticket, and between two of them. Ids and times of generated
 * tickets are computed from their number, here and in `seed.ts`, so that a million of them need no list.
 */
export const TIMES = { first: Date.UTC(2024, 0, 1), step: 30_000 } as const;

/** Returns the UUIDv7 of generated ticket n. */
export function ticketId(n: number): string {
  const time = createdAt(n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** Returns the time of creation of generated ticket n, in milliseconds since 1970. */
export function createdAt(n: number): number {
  return TIMES.first + n * TIMES.step;
}

/** The tickets of one database and the phase of each, so that every request asks for a legal transition. */
export class TicketPool {
  /** Acknowledged transitions. */
  confirmed = 0;
  private readonly isAway: Uint8Array;

  /** @param ids of tickets that an API created; absent for generated tickets, whose ids are computed */
  constructor(
    readonly size: number,
    readonly workload: Workload = SDLC_WORKLOAD,
    private readonly ids?: readonly string[],
  ) {
    this.isAway = new Uint8Array(size);
  }

  idOf(n: number): string {
    return this.ids?.[n] ?? ticketId(n);
  }

  nextPhase(n: number): string {
    return pathOf(this.workload, n)[this.isAway[n] ? PAST_TRANSITIONS : PAST_TRANSITIONS - 1] ?? '';
  }

  /** Records that ticket n has moved. */
  confirm(n: number): void {
    this.isAway[n] = this.isAway[n] ? 0 : 1;
    this.confirmed++;
  }
}

/** Chooses the ticket of a connection's next request. */
export type TicketPicker = () => number;

/**
 * Distributes the requests of several connections over tickets. Each connection has tickets of its own, so that the
 * transitions of a ticket arrive in order.
 */
export type Distribution = (tickets: number, connection: number, connections: number) => TicketPicker;

/** Every ticket is equally likely. */
export const evenly: Distribution = (tickets, connection, connections) => {
  const [first, width] = shareOf(tickets, connection, connections);
  return () => first + Math.floor(Math.random() * width);
};

/** Sends 90 % of the requests to this many active tickets. They are scattered so that no two share a page of the table. */
export function mostlyActive(active: number): Distribution {
  return (tickets, connection, connections) => {
    const [first, width] = shareOf(tickets, connection, connections);
    const stride = Math.max(1, Math.floor(tickets / active));
    const own = Math.floor(width / stride);
    const pickAny = evenly(tickets, connection, connections);
    const pickActive = (): number => {
      const k = Math.floor(Math.random() * own);
      return first + k * stride + (k % stride);
    };
    return () => (Math.random() < 0.9 ? pickActive() : pickAny());
  };
}

/** Chooses `count` different tickets of a connection, spread over its share. */
export function manyAtOnce(tickets: number, connection: number, connections: number, count: number): () => number[] {
  const [first, width] = shareOf(tickets, connection, connections);
  const stride = Math.floor(width / count);
  return () => {
    const start = Math.floor(Math.random() * width);
    return Array.from({ length: count }, (_, i) => first + ((start + i * stride) % width));
  };
}

function shareOf(tickets: number, connection: number, connections: number): [first: number, width: number] {
  const first = Math.floor((tickets * connection) / connections);
  return [first, Math.floor((tickets * (connection + 1)) / connections) - first];
}
