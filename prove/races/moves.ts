import { randomUUID } from 'node:crypto';
import { WORKFLOWS } from '../strict-workflow';
import { createTicket, moveIn, readHistory, readTicket, ticketIn } from '../tickets';
import { acknowledged, faultsOf, moveTo, race, RACERS, type Race } from './race';

const FIRST_MOVES = [
  ['BACKLOG', 'REQUIREMENTS'],
  ['REQUIREMENTS', 'BLOCKED'],
  ['DESIGN', 'IMPLEMENTATION'],
  ['TESTING', 'IMPLEMENTATION'],
  ['DEPLOYMENT', 'DONE'],
] as const;

const PHASES = ['IMPLEMENTATION', 'TESTING', 'BLOCKED', 'DESIGN'] as const;

/** Everybody asks for the same move. */
export const equalMoves: Race = {
  claim: 'equalMoves',
  async run(arena, random) {
    const [from, to] = random.pick(FIRST_MOVES);
    const ticket = await createTicket(arena, from, random.pick(WORKFLOWS));
    const requests = Array.from({ length: RACERS }, () => moveTo(ticket.id, to));
    const answers = await race(arena, requests, random);
    return [
      ...notOneOf(answers.filter(({ status }) => status === 200).length),
      ...(await faultsOf(arena, ticket, answers)),
    ];
  },
};

/** Two ways lead out of TESTING, and neither leads back to the other. */
export const opposingMoves: Race = {
  claim: 'opposingMoves',
  async run(arena, random) {
    const ticket = await createTicket(arena, 'TESTING', random.pick(WORKFLOWS));
    const targets = ['DEPLOYMENT', 'IMPLEMENTATION'];
    const requests = Array.from({ length: RACERS }, (_, n) => moveTo(ticket.id, targets[n % targets.length]!));
    const answers = await race(arena, requests, random);
    return [
      ...notOneOf(answers.filter(({ status }) => status === 200).length),
      ...(await faultsOf(arena, ticket, answers)),
    ];
  },
};

/** Everybody asks for something else, and whatever is legal when its turn comes is made. */
export const oneChain: Race = {
  claim: 'oneChain',
  async run(arena, random) {
    const ticket = await createTicket(arena, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const requests = Array.from({ length: RACERS * 2 }, () => moveTo(ticket.id, random.pick(PHASES)));
    return faultsOf(arena, ticket, await race(arena, requests, random));
  },
};

/** Edits, each with a title of its own, while the ticket moves to and fro. */
export const editsKept: Race = {
  claim: 'editsKept',
  async run(arena, random) {
    const ticket = await createTicket(arena, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const path = `/api/v1/tickets/${ticket.id}`;
    const edits = Array.from({ length: RACERS / 2 }, () => ({ method: 'PATCH', path, body: { title: randomUUID() } }));
    const moves = Array.from({ length: RACERS / 2 }, () => moveTo(ticket.id, random.pick(PHASES)));
    const answers = await race(arena, [...edits, ...moves], random);
    const last = acknowledged(answers).findLast((answer) => moveIn(answer) === undefined);
    const { title } = await readTicket(arena, ticket.id);
    const lost = last !== undefined && ticketIn(last).title !== title;
    return [
      ...(lost ? [`ticket ${ticket.id}: the last edit is lost`] : []),
      ...(await faultsOf(arena, ticket, answers)),
    ];
  },
};

/** The ticket is put away while others move it. */
export const archivedRests: Race = {
  claim: 'archivedRests',
  async run(arena, random) {
    const ticket = await createTicket(arena, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const archive = { method: 'DELETE', path: `/api/v1/tickets/${ticket.id}` };
    const moves = Array.from({ length: RACERS }, () => moveTo(ticket.id, random.pick(PHASES)));
    const answers = await race(arena, [archive, ...moves], random);
    const archived = answers.filter(({ status }) => status === 204).length;
    const now = await readTicket(arena, ticket.id);
    const after = (await readHistory(arena, ticket.id)).filter(({ version }) => version >= now.version);
    return [
      ...(archived === 0 || now.archived_at !== null ? [] : [`ticket ${ticket.id}: it was archived, and is not`]),
      ...after.map(({ to_phase }) => `ticket ${ticket.id}: archived, and moved to ${to_phase} afterwards`),
      ...(await faultsOf(arena, ticket, answers, archived)),
    ];
  },
};

function notOneOf(winners: number): string[] {
  return winners === 1 ? [] : [`${winners} of ${RACERS} callers were told that they made the move`];
}
