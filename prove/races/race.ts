import type { ClaimName } from '../claims';
import type { Answer, Request } from '../http-client';
import type { Random } from '../random';
import type { Arena } from '../target';
import { moveIn, readHistory, readTicket, ticketIn, type Move, type Ticket } from '../tickets';

/** One round of requests that are sent at once; gives the faults it found. */
export interface Race {
  readonly claim: ClaimName;
  run(arena: Arena, random: Random): Promise<string[]>;
}

/** Callers in a round. */
export const RACERS = 16;

/** Sends requests at once, in turn to each server, in an order that chance decides. */
export async function race(arena: Arena, requests: readonly Request[], random: Random): Promise<Answer[]> {
  const offset = random.below(arena.origins.length);
  const originOf = (n: number): string => arena.origins[(n + offset) % arena.origins.length]!;
  return Promise.all(random.shuffled(requests).map((request, n) => arena.client.send(originOf(n), request)));
}

/** With a reason, since some workflows ask for one. */
export function moveTo(id: string, to_phase: string): Request {
  return { method: 'POST', path: `/api/v1/tickets/${id}/transition`, body: { to_phase, reason: 'To be there first' } };
}

/** The changes that were acknowledged with a ticket in the answer, in the order of their versions. */
export function acknowledged(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ status }) => status === 200).sort((a, b) => ticketIn(a).version - ticketIn(b).version);
}

/**
 * Holds what was acknowledged about a ticket against what is there now: each change has a version of its own, each answer
 * shows what the changes before it left behind, and history has these moves and no others.
 *
 * @param start the ticket before the race
 * @param unseen versions that were made by commands whose answers show no ticket
 */
export async function faultsOf(arena: Arena, start: Ticket, answers: readonly Answer[], unseen = 0): Promise<string[]> {
  const changes = acknowledged(answers);
  const now = await readTicket(arena, start.id);
  const history = await readHistory(arena, start.id);
  const moves = changes.map(moveIn).filter((move) => move !== undefined);
  const expected = start.version + changes.length + unseen;
  return [
    ...brokenSteps(start, changes),
    ...(now.version === expected ? [] : [`version ${now.version} after ${changes.length + unseen} changes`]),
    ...(now.phase_id === (moves.at(-1)?.to_phase ?? start.phase_id) ? [] : [`it stands in ${now.phase_id}`]),
    ...(sameMoves(history, moves) ? [] : [`acknowledged ${listed(moves)}, but history is ${listed(history)}`]),
  ].map((fault) => `ticket ${start.id}: ${fault}`);
}

function brokenSteps(start: Ticket, changes: readonly Answer[]): string[] {
  let { title, phase_id: phase, version } = start;
  return changes.flatMap((answer) => {
    const [ticket, move] = [ticketIn(answer), moveIn(answer)];
    const follows =
      ticket.version > version && (move === undefined ? ticket.phase_id === phase : ticket.title === title);
    const joins = move === undefined || (move.from_phase === phase && ticket.phase_id === move.to_phase);
    const fault = `version ${ticket.version} (${ticket.phase_id}) was answered after version ${version} (${phase})`;
    ({ title, phase_id: phase, version } = ticket);
    return follows && joins ? [] : [fault];
  });
}

function sameMoves(history: readonly Move[], moves: readonly Move[]): boolean {
  return history.length === moves.length && history.every(({ id }, i) => id === moves[i]!.id);
}

function listed(moves: readonly Move[]): string {
  return `[${moves.map(({ sequence, from_phase, to_phase }) => `${sequence} ${from_phase} → ${to_phase}`).join(', ')}]`;
}
