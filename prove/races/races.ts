import { randomUUID } from 'node:crypto';
import { summaryOf, type HttpResponse } from '../../testkit/http-client';
import { Random } from '../random';
import type { Deployment, Target } from '../target';
import {
  createTicket,
  createTickets,
  defineStrictWorkflow,
  readHistory,
  readTicket,
  ticketIn,
  transitionIn,
  WORKFLOWS,
  type HistoryEntry,
} from '../tickets';
import { acknowledged, errorsIn, REQUESTS, sendAtOnce, transitionTo, type Race } from './race';

/** Processes that share the database, in turn. */
const PROCESSES = [2, 3, 4] as const;

/** Concurrent rounds. */
const CONCURRENCY = 4;

const EDGES = [
  ['BACKLOG', 'REQUIREMENTS'],
  ['REQUIREMENTS', 'BLOCKED'],
  ['DESIGN', 'IMPLEMENTATION'],
  ['TESTING', 'IMPLEMENTATION'],
  ['DEPLOYMENT', 'DONE'],
] as const;

const PHASES = ['IMPLEMENTATION', 'TESTING', 'BLOCKED', 'DESIGN'] as const;

/** Concurrent atomic bulk requests, and the tickets in each. */
const BULKS = 6;
const BULK_TICKETS = 5;

/** All requests ask for the same transition. */
const equalMoves: Race = {
  property: 'equalMoves',
  async run(deployment, random) {
    const [from, to] = random.pick(EDGES);
    const ticket = await createTicket(deployment, from, random.pick(WORKFLOWS));
    const requests = Array.from({ length: REQUESTS }, () => transitionTo(ticket.id, to));
    const responses = await sendAtOnce(deployment, requests, random);
    return [...notExactlyOne(responses), ...(await errorsIn(deployment, ticket, responses))];
  },
};

/** The requests ask for two transitions, each of which makes the other one illegal. */
const opposingMoves: Race = {
  property: 'opposingMoves',
  async run(deployment, random) {
    const ticket = await createTicket(deployment, 'TESTING', random.pick(WORKFLOWS));
    const requests = Array.from({ length: REQUESTS }, (_, n) =>
      transitionTo(ticket.id, n % 2 === 0 ? 'DEPLOYMENT' : 'IMPLEMENTATION'),
    );
    const responses = await sendAtOnce(deployment, requests, random);
    return [...notExactlyOne(responses), ...(await errorsIn(deployment, ticket, responses))];
  },
};

/** The requests ask for random transitions, some of which are legal when they are judged. */
const oneChain: Race = {
  property: 'oneChain',
  async run(deployment, random) {
    const ticket = await createTicket(deployment, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const requests = Array.from({ length: REQUESTS * 2 }, () => transitionTo(ticket.id, random.pick(PHASES)));
    return errorsIn(deployment, ticket, await sendAtOnce(deployment, requests, random));
  },
};

/** Edits, each with a title of its own, beside transitions of the same ticket. */
const editsKept: Race = {
  property: 'editsKept',
  async run(deployment, random) {
    const ticket = await createTicket(deployment, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const path = `/api/v1/tickets/${ticket.id}`;
    const half = { length: REQUESTS / 2 };
    const edits = Array.from(half, () => ({ method: 'PATCH', path, body: { title: randomUUID() } }));
    const transitions = Array.from(half, () => transitionTo(ticket.id, random.pick(PHASES)));
    const responses = await sendAtOnce(deployment, [...edits, ...transitions], random);
    const last = acknowledged(responses).findLast((response) => transitionIn(response) === undefined);
    const { title } = await readTicket(deployment, ticket.id);
    const isLost = last !== undefined && ticketIn(last).title !== title;
    return [
      ...(isLost ? [`ticket ${ticket.id}: the last edit is lost`] : []),
      ...(await errorsIn(deployment, ticket, responses)),
    ];
  },
};

/** The ticket is archived while other requests move it. */
const archivedRests: Race = {
  property: 'archivedRests',
  async run(deployment, random) {
    const ticket = await createTicket(deployment, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const archive = { method: 'DELETE', path: `/api/v1/tickets/${ticket.id}` };
    const transitions = Array.from({ length: REQUESTS }, () => transitionTo(ticket.id, random.pick(PHASES)));
    const responses = await sendAtOnce(deployment, [archive, ...transitions], random);
    const archived = responses.filter(({ status }) => status === 204).length;
    const now = await readTicket(deployment, ticket.id);
    const after = (await readHistory(deployment, ticket.id)).filter(({ version }) => version >= now.version);
    return [
      ...(archived === 0 || now.archived_at !== null ? [] : [`ticket ${ticket.id}: archiving was lost`]),
      ...after.map(({ to_phase }) => `ticket ${ticket.id}: moved to ${to_phase} after it was archived`),
      ...(await errorsIn(deployment, ticket, responses, archived)),
    ];
  },
};

/** Atomic bulk requests move the same tickets, each in an order of its own. Exactly one can succeed. */
const wholeOrNot: Race = {
  property: 'wholeOrNot',
  async run(deployment, random) {
    const tickets = await createTickets(deployment, 'BACKLOG', BULK_TICKETS);
    const ids = tickets.map(({ id }) => id);
    const requests = Array.from({ length: BULKS }, () => atomicBulk(random.shuffled(ids)));
    const responses = await sendAtOnce(deployment, requests, random);
    const successful = responses.filter(({ status }) => status === 200);
    const acknowledgedIds = new Set(successful.flatMap(entriesIn).map(({ id }) => id));
    const found = (await Promise.all(ids.map((id) => readHistory(deployment, id)))).flat();
    return [
      ...(successful.length === 1 ? [] : [`${successful.length} of ${BULKS} conflicting atomic requests succeeded`]),
      ...(found.length === BULK_TICKETS ? [] : [`${found.length} transitions of ${BULK_TICKETS} tickets`]),
      ...found
        .filter(({ id }) => !acknowledgedIds.has(id))
        .map(({ id }) => `a rejected request left the transition ${id}`),
    ];
  },
};

/** A client sends one request several times, with one Idempotency-Key. */
const onceAtOnce: Race = {
  property: 'onceAtOnce',
  async run(deployment, random) {
    const ticket = await createTicket(deployment, 'IMPLEMENTATION', random.pick(WORKFLOWS));
    const headers = { 'idempotency-key': randomUUID() };
    const requests = Array.from({ length: REQUESTS }, () => ({ ...transitionTo(ticket.id, 'TESTING'), headers }));
    const responses = await sendAtOnce(deployment, requests, random);
    const unexpected = responses.filter(
      ({ status, body }) => status !== 200 && !(status === 409 && body['code'] === 'idempotency_key_in_use'),
    );
    const texts = new Set(responses.filter(({ status }) => status === 200).map(({ text }) => text));
    const rows = await readHistory(deployment, ticket.id);
    return [
      ...unexpected.map((response) => `ticket ${ticket.id}: ${summaryOf(response)}`),
      ...(texts.size === 1 ? [] : [`ticket ${ticket.id}: ${texts.size} different responses to one request`]),
      ...(rows.length === 1 ? [] : [`ticket ${ticket.id}: moved ${rows.length} times`]),
      ...(await errorsOfLateRetry(deployment, random, ticket.id, headers, [...texts][0])),
    ];
  },
};

const RACES = [equalMoves, opposingMoves, oneChain, editsKept, archivedRests, wholeOrNot, onceAtOnce];

/**
 * Sends concurrent requests to several processes on one database.
 *
 * @param rounds of each race
 */
export async function attackWithRaces(target: Target, rounds: number, seed: number): Promise<void> {
  const deployments = PROCESSES.slice(-Math.max(1, Math.min(rounds, PROCESSES.length)));
  for (const [n, processes] of deployments.entries()) {
    const deployment = await target.deploy(processes);
    await defineStrictWorkflow(deployment);
    const share = Math.ceil(((n + 1) * rounds) / deployments.length) - Math.ceil((n * rounds) / deployments.length);
    const pending = Array.from({ length: share }, (_, i) => i).flatMap((i) =>
      RACES.map((race, j) => ({ race, random: new Random(seed + n * 1_000_003 + i * RACES.length + j) })),
    );
    const worker = async (): Promise<void> => {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        const { race, random } = next;
        target.results.check(race.property, await race.run(deployment, random));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    target.log(`races: ${share} rounds of ${RACES.length} races on ${processes} processes`);
    await target.stop();
  }
}

function notExactlyOne(responses: readonly HttpResponse[]): string[] {
  const successful = responses.filter(({ status }) => status === 200).length;
  return successful === 1 ? [] : [`${successful} of ${REQUESTS} conflicting requests succeeded`];
}

function atomicBulk(ids: readonly string[]) {
  const items = ids.map((ticket_id) => ({ ticket_id, to_phase: 'REQUIREMENTS', reason: 'Together' }));
  return { method: 'POST', path: '/api/v1/transitions', body: { mode: 'atomic', items } };
}

function entriesIn({ body }: HttpResponse): HistoryEntry[] {
  return (body['results'] as { transition: HistoryEntry }[]).map(({ transition }) => transition);
}

/** Moves the ticket back, so that the transition is legal again, and repeats the request: it must only be replayed. */
async function errorsOfLateRetry(
  deployment: Deployment,
  random: Random,
  id: string,
  headers: Record<string, string>,
  text: string | undefined,
): Promise<string[]> {
  await sendAtOnce(deployment, [transitionTo(id, 'IMPLEMENTATION')], random);
  const responses = await sendAtOnce(deployment, [{ ...transitionTo(id, 'TESTING'), headers }], random);
  const different = responses.filter(
    (response) =>
      response.status !== 200 || response.text !== text || response.headers['idempotent-replayed'] !== 'true',
  );
  const rows = await readHistory(deployment, id);
  return [
    ...different.map((response) => `ticket ${id}: a late retry received ${summaryOf(response)}`),
    ...(rows.length === 2 ? [] : [`ticket ${id}: moved ${rows.length} times by two requests`]),
  ];
}
