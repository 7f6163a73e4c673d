import { encodeCursor } from '../src/database/keyset-page';
import { get, post, type Conversation } from './http-connection';
import type { Pick } from './picks';
import { restingPhase, SDLC_TERRAIN } from './terrain';
import { createdAt, ticketId, type TicketPool } from './tickets';

/** Who asks for every move of the benchmark, and why. */
export const REQUEST = { reason: 'Measured', by: 'bench' } as const;

/** Moves, one a request. @param headers further lines of the head, each with its end */
export function moves(tickets: TicketPool, pick: Pick, headers: () => string = () => ''): Conversation {
  let current = 0;
  return {
    next: () => {
      current = pick();
      const json = `{"to_phase":"${tickets.nextPhase(current)}","reason":"${REQUEST.reason}","transitioned_by":"${REQUEST.by}"}`;
      return post(`/api/v1/tickets/${ticketId(current)}/transition`, json, headers());
    },
    accept: () => {
      tickets.confirm(current);
      return undefined;
    },
  };
}

/** Moves, many a request. */
export function bulkMoves(tickets: TicketPool, pickMany: () => number[]): Conversation {
  let current: number[] = [];
  const itemOf = (n: number): object => ({
    ticket_id: ticketId(n),
    to_phase: tickets.nextPhase(n),
    reason: REQUEST.reason,
    transitioned_by: REQUEST.by,
  });
  return {
    next: () => {
      current = pickMany();
      return post('/api/v1/transitions', JSON.stringify({ mode: 'independent', items: current.map(itemOf) }));
    },
    accept: (body) => {
      const { results } = JSON.parse(body.toString()) as { results: { status: string }[] };
      const refused = results.find(({ status }) => status !== 'ok');
      if (refused !== undefined) return `a refused item: ${JSON.stringify(refused).slice(0, 300)}`;
      if (results.length !== current.length) return `${results.length} results for ${current.length} items`;
      for (const n of current) tickets.confirm(n);
      return undefined;
    },
  };
}

/** What is read, each of a ticket that is picked anew. */
export const READS = {
  ticket: (pick: Pick): Conversation => ({ next: () => get(`/api/v1/tickets/${ticketId(pick())}`) }),
  history: (pick: Pick): Conversation => ({ next: () => get(`/api/v1/tickets/${ticketId(pick())}/phase-history`) }),
  'valid transitions': (pick: Pick): Conversation => ({
    next: () => get(`/api/v1/tickets/${ticketId(pick())}/valid-transitions`),
  }),
  'page of 50': (pick: Pick): Conversation => ({
    next: () => get(`/api/v1/tickets?limit=50&phase=${phaseOf(pick())}`),
    accept: expectFullPage,
  }),
  'deep page of 50': (pick: Pick): Conversation => ({
    next: () => get(`/api/v1/tickets?limit=50&phase=${phaseOf(pick())}&cursor=${deepCursor(pick())}`),
    accept: expectFullPage,
  }),
} as const;

export type Read = keyof typeof READS;

function phaseOf(n: number): string {
  const { courses } = SDLC_TERRAIN;
  return restingPhase(courses[n % courses.length]!);
}

/** Newest first, so the older half is what lies deep. Never so deep that what is left makes no page. */
function deepCursor(n: number): string {
  const deep = Math.max(400, Math.floor(n / 2));
  return encodeCursor('-created_at', [createdAt(deep), ticketId(deep)]);
}

function expectFullPage(body: Buffer): string | undefined {
  const rows = count(body, '"phase_entered_at"');
  return rows === 50 ? undefined : `a page of ${rows} tickets instead of 50`;
}

/** Cheaper than to parse what is only counted. */
function count(body: Buffer, text: string): number {
  let found = 0;
  for (let at = body.indexOf(text); at !== -1; at = body.indexOf(text, at + 1)) found++;
  return found;
}
