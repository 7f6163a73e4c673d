import { randomUUID } from 'node:crypto';
import { shown, type Answer } from '../http-client';
import type { Random } from '../random';
import { WORKFLOWS } from '../strict-workflow';
import type { Arena } from '../target';
import { createTicket, readHistory, type Move } from '../tickets';
import { moveTo, race, RACERS, type Race } from './race';

/** Callers with the same tickets in requests of their own, and the tickets. */
const BULKS = 6;
const TICKETS = 5;

/** Several requests move the same tickets, each in an order of its own: the first takes all of them. */
export const wholeOrNot: Race = {
  claim: 'wholeOrNot',
  async run(arena, random) {
    const tickets = await Promise.all(
      Array.from({ length: TICKETS }, (_, n) => createTicket(arena, 'BACKLOG', WORKFLOWS[n % WORKFLOWS.length]!)),
    );
    const ids = tickets.map(({ id }) => id);
    const answers = await race(
      arena,
      Array.from({ length: BULKS }, () => bulk(random.shuffled(ids))),
      random,
    );
    const winners = answers.filter(({ status }) => status === 200);
    const made = new Set(winners.flatMap(movesIn).map(({ id }) => id));
    const found = (await Promise.all(ids.map((id) => readHistory(arena, id)))).flat();
    return [
      ...(winners.length === 1
        ? []
        : [`${winners.length} of ${BULKS} atomic requests over the same tickets were made`]),
      ...(found.length === TICKETS ? [] : [`${found.length} moves of ${TICKETS} tickets that could move once`]),
      ...found.filter(({ id }) => !made.has(id)).map(({ id }) => `a refused request left the move ${id} behind`),
    ];
  },
};

/** A caller that lost patience sends the same request again and again. */
export const onceAtOnce: Race = {
  claim: 'onceAtOnce',
  async run(arena, random) {
    const ticket = await createTicket(arena, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const headers = { 'idempotency-key': randomUUID() };
    const requests = Array.from({ length: RACERS }, () => ({ ...moveTo(ticket.id, 'TESTING'), headers }));
    const answers = await race(arena, requests, random);
    const odd = answers.filter((answer) => !isOnceAnswer(answer));
    const texts = new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text));
    const rows = await readHistory(arena, ticket.id);
    return [
      ...odd.map((answer) => `ticket ${ticket.id}: ${shown(answer)}`),
      ...(texts.size === 1 ? [] : [`ticket ${ticket.id}: ${texts.size} different answers to one request`]),
      ...(rows.length === 1 ? [] : [`ticket ${ticket.id}: moved ${rows.length} times`]),
      ...(await replayedLater(arena, random, ticket.id, headers, [...texts][0])),
    ];
  },
};

function bulk(ids: readonly string[]) {
  const items = ids.map((ticket_id) => ({ ticket_id, to_phase: 'REQUIREMENTS', reason: 'Together' }));
  return { method: 'POST', path: '/api/v1/transitions', body: { mode: 'atomic', items } };
}

function movesIn({ body }: Answer): Move[] {
  return (body['results'] as { transition: Move }[]).map(({ transition }) => transition);
}

function isOnceAnswer({ status, body }: Answer): boolean {
  return status === 200 || (status === 409 && body['code'] === 'idempotency_key_in_use');
}

/** When the ticket has gone back, the move would be legal again; the request is answered as it was, and moves nothing. */
async function replayedLater(
  arena: Arena,
  random: Random,
  id: string,
  headers: Record<string, string>,
  text: string | undefined,
): Promise<string[]> {
  await race(arena, [moveTo(id, 'IMPLEMENTATION')], random);
  const [answer] = await race(arena, [{ ...moveTo(id, 'TESTING'), headers }], random);
  const again = answer!.status === 200 && answer!.text === text && answer!.headers['idempotent-replayed'] === 'true';
  const rows = await readHistory(arena, id);
  return [
    ...(again ? [] : [`ticket ${id}: a late retry was answered ${shown(answer!)}`]),
    ...(rows.length === 2 ? [] : [`ticket ${id}: moved ${rows.length} times by two requests`]),
  ];
}
