import fc from 'fast-check';
import { withClient } from '../../testkit/cluster';
import { OpenApiContract } from '../../testkit/openapi-contract';
import { soundDraft } from '../model/drafts';
import { Random } from '../random';
import type { Deployment, Target } from '../target';
import { createTicket, defineStrictWorkflow, WORKFLOWS } from '../tickets';
import { ChangeChecker, RowWatch } from './changed-rows';
import { Fuzzer, type Exchange, type FuzzedRequest } from './fuzzer';
import { describeRequest, RawConnection } from './raw-connection';
import { FUZZED, Values } from './values';

const TICKETS = 60;
const CONNECTIONS = 16;
const DEFINITIONS = 30;

/** Requests between two comparisons with the database. */
const BATCH = 48;

/** Batches between two progress reports. */
const REPORT_INTERVAL = 50;

/** A server may close the connection before it has read so large a body, which can lose its response. In bytes. */
const LARGE_BODY = 128 * 1024;

const INITIAL_PHASES = ['BACKLOG', 'REQUIREMENTS', 'DESIGN', 'IMPLEMENTATION', 'TESTING', 'DEPLOYMENT'] as const;

/**
 * Sends requests that are generated from Phaseline's OpenAPI document and then mutated.
 *
 * @param requests in all
 */
export async function attackWithInput(target: Target, requests: number, seed: number): Promise<void> {
  const document = await target.openApi();
  const deployment = await target.deploy(1);
  const random = new Random(seed);
  await defineStrictWorkflow(deployment);
  const ids = await createRandomTickets(deployment, random);
  // A second version, to which generated requests can migrate tickets.
  await defineStrictWorkflow(deployment, 'The next version');
  const definitions = fc.sample(soundDraft, { seed, numRuns: DEFINITIONS });
  const values = new Values(document, random, { ids, keys: [...WORKFLOWS, ...FUZZED], definitions });
  const fuzzer = new Fuzzer(document, values, random);
  const contract = new OpenApiContract(document);
  const connections = Array.from({ length: CONNECTIONS }, () => new RawConnection(deployment.origins[0]));
  await withClient(deployment.databaseUrl, async (client) => {
    const watch = await RowWatch.on(client);
    const checker = new ChangeChecker(ids);
    for (let sent = 0, batch = 1; sent < requests; sent += BATCH, batch++) {
      const fuzzed = Array.from({ length: Math.min(BATCH, requests - sent) }, () => fuzzer.next());
      await watch.begin();
      const exchanges = await sendAll(connections, fuzzed);
      for (const exchange of exchanges) check(target, contract, exchange);
      const rejected = exchanges.filter(({ response }) => response === undefined || response.status >= 400).length;
      target.results.attempt('refusalsChangeNothing', rejected);
      for (const error of checker.unexplained(exchanges, await watch.changed())) {
        target.results.violate('refusalsChangeNothing', error);
      }
      if (batch % REPORT_INTERVAL === 0) target.log(`input: ${sent + BATCH} of ${requests} requests`);
    }
  });
  for (const connection of connections) connection.close();
}

async function createRandomTickets(deployment: Deployment, random: Random): Promise<string[]> {
  const phaseAt = (n: number) => INITIAL_PHASES[n % INITIAL_PHASES.length] ?? INITIAL_PHASES[0];
  const creating = Array.from({ length: TICKETS }, (_, n) =>
    createTicket(deployment, phaseAt(n), random.pick(WORKFLOWS)),
  );
  return (await Promise.all(creating)).map(({ id }) => id);
}

async function sendAll(connections: readonly RawConnection[], requests: readonly FuzzedRequest[]): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  const worker = async (connection: RawConnection, first: number): Promise<void> => {
    for (const fuzzed of requests.filter((_, n) => n % connections.length === first)) {
      exchanges.push({ ...fuzzed, response: await connection.send(fuzzed.request).catch(() => undefined) });
    }
  };
  await Promise.all(connections.map(worker));
  return exchanges;
}

function check({ results }: Target, contract: OpenApiContract, { operation, request, response }: Exchange): void {
  if (response === undefined && (request.body?.length ?? 0) > LARGE_BODY) return;
  const summary = response ? `${response.status} ${response.text.slice(0, 200)}` : 'no response';
  const exchange = `${describeRequest(request)} → ${summary}`;
  const isFailure = response === undefined || response.status >= 500;
  results.check('noServerError', isFailure ? [exchange] : []);
  if (response === undefined) return;
  const { status, text, headers } = response;
  const address = { method: request.method, path: operation.path };
  const violation = contract.violationOf(address, { status, text, contentType: headers['content-type'] }, true);
  results.check('documented', violation === undefined ? [] : [`${exchange}: ${violation}`]);
  if (operation.body === undefined || request.method !== operation.method) return;
  const isForbidden = !contract.allows(operation, parsed(request.body));
  if (isForbidden) results.check('notAccepted', status < 300 ? [exchange] : []);
}

/** Ignores a byte order mark before JSON, as RFC 8259 §8.1 allows. */
function parsed(body: Buffer | undefined): unknown {
  try {
    return JSON.parse(String(body).replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}
