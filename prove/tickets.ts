import { summaryOf, type HttpResponse } from '../testkit/http-client';
import { SDLC } from './model/workflow';
import type { Deployment } from './target';

/** The fields of a ticket in the API that the attacks read. */
export interface Ticket {
  readonly id: string;
  readonly title: string;
  readonly phase_id: string;
  readonly transition_count: number;
  readonly version: number;
  readonly archived_at: string | null;
}

/** The fields of a history entry in the API that the attacks read. */
export interface HistoryEntry {
  readonly id: string;
  readonly ticket_id: string;
  readonly sequence: number;
  readonly from_phase: string;
  readonly to_phase: string;
  readonly transition_reason: string | null;
  readonly version: number;
}

/** The phases and edges of the built-in workflow under another key, where every transition requires a reason. */
const STRICT = {
  key: 'strict',
  title: 'Every transition requires a reason',
  initial: SDLC.initial,
  phases: SDLC.phases,
  transitions: SDLC.transitions.map(({ from, to }) => ({ from, to, requires: ['reason'] })),
  resume: SDLC.resume,
};

/** The workflows of attacked tickets. `defineStrictWorkflow` creates the second one. */
export const WORKFLOWS = [SDLC.key, STRICT.key] as const;

/** Creates the strict workflow; with another title, its next version. */
export async function defineStrictWorkflow(
  { client, origins }: Pick<Deployment, 'client' | 'origins'>,
  title = STRICT.title,
): Promise<void> {
  const body = { ...STRICT, title };
  const response = await client.send(origins[0], { method: 'POST', path: '/api/v1/workflows', body });
  if (response.status !== 201) throw new Error(`A workflow could not be created: ${summaryOf(response)}`);
}

/** Creates a ticket in an initial phase. */
export async function createTicket(
  { client, origins }: Deployment,
  phase_id: string,
  workflow: (typeof WORKFLOWS)[number],
): Promise<Ticket> {
  const body = { title: 'Under attack', workflow, phase_id };
  const response = await client.send(origins[0], { method: 'POST', path: '/api/v1/tickets', body });
  if (response.status !== 201) throw new Error(`A ticket could not be created: ${summaryOf(response)}`);
  return ticketIn(response);
}

/** Creates tickets of all workflows in turn. */
export function createTickets(deployment: Deployment, phase_id: string, count: number): Promise<Ticket[]> {
  const workflowAt = (n: number) => (n % WORKFLOWS.length === 0 ? WORKFLOWS[0] : WORKFLOWS[1]);
  return Promise.all(Array.from({ length: count }, (_, n) => createTicket(deployment, phase_id, workflowAt(n))));
}

export async function readTicket({ client, origins }: Deployment, id: string): Promise<Ticket> {
  return ticketIn(await client.send(origins[0], { method: 'GET', path: `/api/v1/tickets/${id}` }));
}

/** Returns at most the first thousand entries. */
export async function readHistory({ client, origins }: Deployment, id: string): Promise<HistoryEntry[]> {
  const path = `/api/v1/tickets/${id}/phase-history?limit=1000`;
  return (await client.send(origins[0], { method: 'GET', path })).body as unknown as HistoryEntry[];
}

export function ticketIn({ body }: HttpResponse): Ticket {
  return body as unknown as Ticket;
}

/** Returns the history entry in the response to a transition; undefined in responses to other requests. */
export function transitionIn({ body }: HttpResponse): HistoryEntry | undefined {
  return body['transition'] as HistoryEntry | undefined;
}
