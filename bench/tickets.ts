/**
 * The tickets of a generated database. Everything about ticket n is worked out from n, here and in `seed.ts` alike, so
 * that a million of them need no list.
 */

/** When the first ticket was made, and how long after each the next one, in milliseconds. */
export const TIMES = { first: Date.UTC(2024, 0, 1), step: 30_000 } as const;

/** Moves that each ticket has behind it. */
export const MOVES_BEHIND = 10;

/** The phases that a ticket has been in, oldest first. Each ends in a pair that it can go to and fro for ever. */
export const COURSES: readonly (readonly string[])[] = [
  ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('IMPLEMENTATION', 'TESTING')],
  ['BACKLOG', 'BLOCKED', 'BACKLOG', ...fourTimes('BLOCKED', 'BACKLOG')],
  ['REQUIREMENTS', 'BLOCKED', 'REQUIREMENTS', ...fourTimes('BLOCKED', 'REQUIREMENTS')],
  ['BACKLOG', 'REQUIREMENTS', 'DESIGN', ...fourTimes('BLOCKED', 'DESIGN')],
];

function fourTimes(...pair: [string, string]): string[] {
  return [...pair, ...pair, ...pair, ...pair];
}

/** A UUIDv7 of the ticket's time. */
export function ticketId(n: number): string {
  const time = createdAt(n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** In milliseconds since 1970. */
export function createdAt(n: number): number {
  return TIMES.first + n * TIMES.step;
}

/** The phases in which a generated database has tickets before anything moves, equally many in each. */
export const RESTING_PHASES = COURSES.map((course) => course[MOVES_BEHIND]!);

/** Where the tickets of one database stand, so that every move that is asked for is a legal one. */
export class TicketPool {
  /** Moves that were acknowledged. */
  confirmed = 0;
  private readonly away: Uint8Array;

  constructor(
    readonly databaseUrl: string,
    readonly size: number,
  ) {
    this.away = new Uint8Array(size);
  }

  /** Where ticket n can go next. */
  nextPhase(n: number): string {
    const course = COURSES[n % COURSES.length]!;
    return course[this.away[n] ? MOVES_BEHIND : MOVES_BEHIND - 1]!;
  }

  /** Ticket n has moved. */
  confirm(n: number): void {
    this.away[n]! ^= 1;
    this.confirmed++;
  }
}
