import { MOVES_BEHIND, SDLC_TERRAIN, type Terrain } from './terrain';

/**
 * The tickets of a generated database. Everything about ticket n is worked out from n, here and in `seed.ts` alike, so
 * that a million of them need no list.
 */

/** When the first ticket was made, and how long after each the next one, in milliseconds. */
export const TIMES = { first: Date.UTC(2024, 0, 1), step: 30_000 } as const;

/** A UUIDv7 of the ticket's time. */
export function ticketId(n: number): string {
  const time = createdAt(n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** In milliseconds since 1970. */
export function createdAt(n: number): number {
  return TIMES.first + n * TIMES.step;
}

/** Where the tickets of one database stand, so that every move that is asked for is a legal one. */
export class TicketPool {
  /** Moves that were acknowledged. */
  confirmed = 0;
  private readonly away: Uint8Array;

  constructor(
    readonly databaseUrl: string,
    readonly size: number,
    private readonly terrain: Terrain = SDLC_TERRAIN,
  ) {
    this.away = new Uint8Array(size);
  }

  /** Where ticket n can go next. */
  nextPhase(n: number): string {
    const { courses } = this.terrain;
    const course = courses[n % courses.length]!;
    return course[this.away[n] ? MOVES_BEHIND : MOVES_BEHIND - 1]!;
  }

  /** Ticket n has moved. */
  confirm(n: number): void {
    this.away[n]! ^= 1;
    this.confirmed++;
  }
}
