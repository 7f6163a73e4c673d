import { shown, type Answer } from './http-client';
import type { WORKFLOWS } from './strict-workflow';
import type { Arena } from './target';

/** A ticket as the API shows it, as far as the attacks look at it. */
export interface Ticket {
  readonly id: string;
  readonly title: string;
  readonly phase_id: string;
  readonly transition_count: number;
  readonly version: number;
  readonly archived_at: string | null;
}

/** A row of history as the API shows it. */
export interface Move {
  readonly id: string;
  readonly ticket_id: string;
  readonly sequence: number;
  readonly from_phase: string;
  readonly to_phase: string;
  readonly transition_reason: string | null;
  readonly version: number;
}

/** Creates a ticket that begins in a phase. */
export async function createTicket(
  { client, origins }: Arena,
  phase_id: string,
  workflow: (typeof WORKFLOWS)[number],
): Promise<Ticket> {
  const body = { title: 'Under attack', workflow, phase_id };
  const answer = await client.send(origins[0]!, { method: 'POST', path: '/api/v1/tickets', body });
  if (answer.status !== 201) throw new Error(`A ticket could not be created: ${shown(answer)}`);
  return ticketIn(answer);
}

export async function readTicket({ client, origins }: Arena, id: string): Promise<Ticket> {
  return ticketIn(await client.send(origins[0]!, { method: 'GET', path: `/api/v1/tickets/${id}` }));
}

/** At most the first thousand moves. */
export async function readHistory({ client, origins }: Arena, id: string): Promise<Move[]> {
  const path = `/api/v1/tickets/${id}/phase-history?limit=1000`;
  return (await client.send(origins[0]!, { method: 'GET', path })).body as unknown as Move[];
}

export function ticketIn({ body }: Answer): Ticket {
  return body as unknown as Ticket;
}

export function moveIn({ body }: Answer): Move {
  return body['transition'] as Move;
}
