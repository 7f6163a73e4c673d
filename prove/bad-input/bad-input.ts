import fc from 'fast-check';
import { withClient } from '../cluster';
import { soundDraft } from '../model/drafts';
import { Random } from '../random';
import { defineStrictWorkflow, WORKFLOWS } from '../strict-workflow';
import type { Arena, Target } from '../target';
import { createTicket } from '../tickets';
import { Accounts } from './accounts';
import { RowWatch } from './changed-rows';
import { Contract } from './contract';
import { Fuzzer, type Hit, type Shot } from './fuzzer';
import { FUZZED, Values } from './values';
import { WireConnection } from './wire-connection';
import { describe } from './wire-request';

const TICKETS = 60;
const CONNECTIONS = 16;
const DEFINITIONS = 30;

/** Requests between two looks at the database. */
const VOLLEY = 48;

/** A server may end the connection before it has read so large a body, and its answer may be lost with it. In bytes. */
const LARGE_BODY = 128 * 1024;

/** How often progress is told, in volleys. */
const TOLD_EVERY = 50;

const BEGINNINGS = ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'DEPLOYMENT'];

/**
 * Requests of all kinds, made from the OpenAPI document that Phaseline serves and then spoilt.
 *
 * @param requests in all
 */
export async function attackWithInput(target: Target, requests: number, seed: number): Promise<void> {
  const document = await target.openApi();
  const arena = await target.open(1);
  const random = new Random(seed);
  await defineStrictWorkflow(arena);
  const ids = await createTickets(arena, random);
  // Somewhere for them to be migrated to.
  await defineStrictWorkflow(arena, 'The same, and more so');
  const definitions = fc.sample(soundDraft, { seed, numRuns: DEFINITIONS });
  const values = new Values(document, random, { ids, keys: [...WORKFLOWS, ...FUZZED], definitions });
  const fuzzer = new Fuzzer(document, values, random);
  const contract = new Contract(document);
  const connections = Array.from({ length: CONNECTIONS }, () => new WireConnection(arena.origins[0]!));
  await withClient(arena.databaseUrl, async (client) => {
    const watch = await RowWatch.on(client);
    const accounts = new Accounts(ids);
    for (let sent = 0, volley = 1; sent < requests; sent += VOLLEY, volley++) {
      const shots = Array.from({ length: Math.min(VOLLEY, requests - sent) }, () => fuzzer.next());
      await watch.begin();
      const hits = await fire(connections, shots);
      for (const hit of hits) judge(target, contract, hit);
      const refused = hits.filter(({ answer }) => answer === undefined || answer.status >= 400).length;
      target.ledger.attempt('refusalsChangeNothing', refused);
      for (const fault of accounts.settle(hits, await watch.changed())) {
        target.ledger.violate('refusalsChangeNothing', fault);
      }
      if (volley % TOLD_EVERY === 0) target.say(`input: ${sent + VOLLEY} of ${requests} requests`);
    }
  });
  for (const connection of connections) connection.close();
}

async function createTickets(arena: Arena, random: Random): Promise<string[]> {
  const creating = Array.from({ length: TICKETS }, (_, n) =>
    createTicket(arena, BEGINNINGS[n % BEGINNINGS.length]!, random.pick(WORKFLOWS)),
  );
  return (await Promise.all(creating)).map(({ id }) => id);
}

async function fire(connections: readonly WireConnection[], shots: readonly Shot[]): Promise<Hit[]> {
  const hits: Hit[] = [];
  const lane = async (connection: WireConnection, first: number): Promise<void> => {
    for (let n = first; n < shots.length; n += connections.length) {
      const shot = shots[n]!;
      hits.push({ ...shot, answer: await connection.send(shot.request).catch(() => undefined) });
    }
  };
  await Promise.all(connections.map(lane));
  return hits;
}

function judge({ ledger }: Target, contract: Contract, { operation, request, answer }: Hit): void {
  if (answer === undefined && (request.body?.length ?? 0) > LARGE_BODY) return;
  const told = `${describe(request)} → ${answer ? `${answer.status} ${answer.text.slice(0, 200)}` : 'no answer'}`;
  const isFailure = answer === undefined || answer.status >= 500;
  ledger.judge('noServerError', isFailure ? [told] : []);
  if (answer === undefined) return;
  const fault = contract.faultOf(operation, request.method, answer);
  ledger.judge('documented', fault === undefined ? [] : [`${told}: ${fault}`]);
  if (operation.body === undefined || request.method !== operation.method) return;
  const isWrong = !contract.allows(operation, parsed(request.body));
  if (isWrong) ledger.judge('notAccepted', answer.status < 300 ? [told] : []);
}

/** A mark of the byte order may stand before JSON, and may be passed over (RFC 8259 §8.1). */
function parsed(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
