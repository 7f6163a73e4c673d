import type { HttpRequest, HttpResponse } from '../../testkit/http-client';
import type { PropertyName } from '../properties';
import type { Random } from '../random';
import type { Deployment } from '../target';
import { readHistory, readTicket, ticketIn, transitionIn, type HistoryEntry, type Ticket } from '../tickets';

/** One round of concurrent requests. Returns the errors that it found. */
export interface Race {
  readonly property: PropertyName;
  run(deployment: Deployment, random: Random): Promise<string[]>;
}

/** Concurrent requests in a round. */
export const REQUESTS = 16;

/** Sends requests at the same time, to the servers in turn, in random order. */
export async function sendAtOnce(
  { client, origins }: Deployment,
  requests: readonly HttpRequest[],
  random: Random,
): Promise<HttpResponse[]> {
  const offset = random.below(origins.length);
  const originOf = (n: number): string => origins[(n + offset) % origins.length] ?? origins[0];
  return Promise.all(random.shuffled(requests).map((request, n) => client.send(originOf(n), request)));
}

/** A transition with a reason, which some workflows require. */
export function transitionTo(id: string, to_phase: string): HttpRequest {
  return { method: 'POST', path: `/api/v1/tickets/${id}/transition`, body: { to_phase, reason: 'To be there first' } };
}

/** Returns the successful responses that contain a ticket, in the order of its versions. */
export function acknowledged(responses: readonly HttpResponse[]): HttpResponse[] {
  return responses.filter(({ status }) => status === 200).sort((a, b) => ticketIn(a).version - ticketIn(b).version);
}

/**
 * Compares the acknowledged changes of a ticket with its current state: each change has a version of its own, each response
 * shows the changes before it, and the history contains exactly these transitions.
 *
 * @param start the ticket before the race
 * @param unseen versions of commands whose responses contain no ticket
 */
export async function errorsIn(
  deployment: Deployment,
  start: Ticket,
  responses: readonly HttpResponse[],
  unseen = 0,
): Promise<string[]> {
  const changes = acknowledged(responses);
  const now = await readTicket(deployment, start.id);
  const history = await readHistory(deployment, start.id);
  const entries = changes.map(transitionIn).filter((entry) => entry !== undefined);
  const expected = start.version + changes.length + unseen;
  return [
    ...brokenSequence(start, changes),
    ...(now.version === expected ? [] : [`version ${now.version} after ${changes.length + unseen} changes`]),
    ...(now.phase_id === (entries.at(-1)?.to_phase ?? start.phase_id) ? [] : [`its phase is ${now.phase_id}`]),
    ...(sameIds(history, entries) ? [] : [`acknowledged ${listed(entries)}, but the history is ${listed(history)}`]),
  ].map((error) => `ticket ${start.id}: ${error}`);
}

function brokenSequence(start: Ticket, changes: readonly HttpResponse[]): string[] {
  let { title, phase_id: phase, version } = start;
  return changes.flatMap((response) => {
    const [ticket, entry] = [ticketIn(response), transitionIn(response)];
    const keepsOthers = entry === undefined ? ticket.phase_id === phase : ticket.title === title;
    const joins = entry === undefined || (entry.from_phase === phase && ticket.phase_id === entry.to_phase);
    const isSound = ticket.version > version && keepsOthers && joins;
    const error = `version ${ticket.version} (${ticket.phase_id}) follows version ${version} (${phase})`;
    ({ title, phase_id: phase, version } = ticket);
    return isSound ? [] : [error];
  });
}

function sameIds(history: readonly HistoryEntry[], entries: readonly HistoryEntry[]): boolean {
  return history.length === entries.length && history.every(({ id }, i) => id === entries[i]?.id);
}

function listed(entries: readonly HistoryEntry[]): string {
  return `[${entries.map(({ sequence, from_phase, to_phase }) => `${sequence} ${from_phase} → ${to_phase}`).join(', ')}]`;
}
