import { encodeCursor } from '../src/database/keyset-page';
import { createdAt, finalPhase, pathOf, SDLC_WORKLOAD, ticketId, type TicketPicker, type TicketPool } from './workload';

/** The requests of one connection, one after the other. */
export interface RequestSequence {
  /** Returns the next request as the bytes to send. */
  next(): string;
  /** Receives the body of a successful response. Returns what is wrong with it; undefined when nothing is. */
  accept?(body: Buffer): string | undefined;
}

/** The reason and the actor of every measured transition. */
export const CAUSE = { reason: 'Measured', by: 'bench' } as const;

/** Transitions, one per request. @param headers further header lines, each with its line end */
export function transitions(
  tickets: TicketPool,
  pick: TicketPicker,
  headers: () => string = () => '',
): RequestSequence {
  let current = 0;
  return {
    next: () => {
      current = pick();
      const json = `{"to_phase":"${tickets.nextPhase(current)}","reason":"${CAUSE.reason}","transitioned_by":"${CAUSE.by}"}`;
      return post(`/api/v1/tickets/${tickets.idOf(current)}/transition`, json, headers());
    },
    accept: () => {
      tickets.confirm(current);
      return undefined;
    },
  };
}

/** Transitions, many per request. */
export function bulkTransitions(tickets: TicketPool, pickMany: () => number[]): RequestSequence {
  let current: number[] = [];
  const itemOf = (n: number): object => ({
    ticket_id: tickets.idOf(n),
    to_phase: tickets.nextPhase(n),
    reason: CAUSE.reason,
    transitioned_by: CAUSE.by,
  });
  return {
    next: () => {
      current = pickMany();
      return post('/api/v1/transitions', JSON.stringify({ mode: 'independent', items: current.map(itemOf) }));
    },
    accept: (body) => {
      const { results } = JSON.parse(body.toString()) as { results: { status: string }[] };
      const rejected = results.find(({ status }) => status !== 'ok');
      if (rejected !== undefined) return `a rejected item: ${JSON.stringify(rejected).slice(0, 300)}`;
      if (results.length !== current.length) return `${results.length} results for ${current.length} items`;
      for (const n of current) tickets.confirm(n);
      return undefined;
    },
  };
}

export function creations(): RequestSequence {
  return { next: () => post('/api/v1/tickets', '{"title":"Created by the benchmark","phase_id":"BACKLOG"}') };
}

/** Reads, each of a ticket that the picker chooses. */
export const READS = {
  ticket: ofTicket(''),
  history: ofTicket('/phase-history'),
  'valid transitions': ofTicket('/valid-transitions'),
  'page of 50': (_tickets: TicketPool, pick: TicketPicker): RequestSequence => ({
    next: () => get(`/api/v1/tickets?limit=50&phase=${phaseOf(pick())}`),
    accept: expectFullPage,
  }),
  'deep page of 50': (_tickets: TicketPool, pick: TicketPicker): RequestSequence => ({
    next: () => get(`/api/v1/tickets?limit=50&phase=${phaseOf(pick())}&cursor=${deepCursor(pick())}`),
    accept: expectFullPage,
  }),
} as const;

export type Read = keyof typeof READS;

function ofTicket(path: string) {
  return (tickets: TicketPool, pick: TicketPicker): RequestSequence => ({
    next: () => get(`/api/v1/tickets/${tickets.idOf(pick())}${path}`),
  });
}

function phaseOf(n: number): string {
  return finalPhase(pathOf(SDLC_WORKLOAD, n));
}

/** Points into the older half of the list, which is sorted newest first, and leaves enough tickets for a full page. */
function deepCursor(n: number): string {
  const deep = Math.max(400, Math.floor(n / 2));
  return encodeCursor('-created_at', [createdAt(deep), ticketId(deep)]);
}

function expectFullPage(body: Buffer): string | undefined {
  const rows = count(body, '"phase_entered_at"');
  return rows === 50 ? undefined : `a page of ${rows} tickets instead of 50`;
}

/** Counts occurrences, which costs less than parsing the body. */
function count(body: Buffer, text: string): number {
  let found = 0;
  for (let at = body.indexOf(text); at !== -1; at = body.indexOf(text, at + 1)) found++;
  return found;
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

/** @param json in ASCII */
function post(path: string, json: string, headers = ''): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
}
