import { randomUUID } from 'node:crypto';
import { HttpClient, type HttpResponse } from '../../testkit/http-client';
import { HOSTILE } from '../../testkit/workflows';

/** A server that an attack runs against. */
export interface HostileTarget {
  /** Such as http://127.0.0.1:41235. */
  readonly origin: string;
  /** A key with the role admin, which the attack uses to prepare; without authentication, an empty text. */
  readonly adminKey: string;
}

/** A way to make the server work as much as a caller with a key can. */
export interface HostileAttack {
  readonly name: string;
  /** Makes what the attack needs. Its cost does not count. */
  prepare(target: HostileTarget): Promise<Attacker>;
}

/** Sends the costly requests once, and returns descriptions of responses that break a budget. */
type Attacker = () => Promise<string[]>;

/** Bytes that the explanations of a bulk share, and bytes of a result without one. */
const EXPLANATIONS = 1024 * 1024;
const RESULT = 1_000;

/** The attacks of a caller with the role worker, each on rows of its own. */
export const HOSTILE_ATTACKS: readonly HostileAttack[] = [
  { name: 'bulk refusals in the costliest workflow', prepare: refuseInHostileWorkflow },
  { name: 'a bulk over forty large workflow versions', prepare: moveUnderManyVersions },
  { name: 'expected_phase on a long history', prepare: expectPhaseOfLongHistory },
  { name: 'pages of large tickets', prepare: listLargeTickets },
  { name: 'bulks of 8 MiB', prepare: sendLargeBulks },
  { name: 'lints of the costliest workflow', prepare: lintHostileWorkflow },
];

const ITEMS = 500;
const LARGE_VERSIONS = 40;
const LONG_HISTORY = 60_000;

async function refuseInHostileWorkflow(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const key = await api.defineHostile();
  const ids = await Promise.all(Array.from({ length: 20 }, () => api.createTicket({ workflow: key })));
  await api.bulk(ids.map((ticket_id) => ({ ticket_id, to_phase: 'step 0' })));
  // Every item has another target, so that no search is repeated; `start` has no path to it.
  const items = Array.from({ length: ITEMS }, (_, i) => ({
    ticket_id: ids[i % ids.length],
    to_phase: i % 2 === 0 ? 'start' : `step ${2 + i / 2}`,
  }));
  return async () => {
    const answers = await Promise.all([
      api.bulk(items),
      api.bulk(items, { 'idempotency-key': randomUUID() }),
      ...ids.map((id) => api.post(`/tickets/${id}/transition`, { to_phase: 'start' })),
    ]);
    return answers.flatMap((answer) => tooLarge(answer, EXPLANATIONS + ITEMS * RESULT));
  };
}

async function moveUnderManyVersions(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const key = `versions-${randomUUID().slice(0, 8)}`;
  const ids: string[] = [];
  for (let i = 0; i < LARGE_VERSIONS; i++) {
    await api.define({ ...HOSTILE, key, title: `Version ${i}` });
    ids.push(await api.createTicket({ workflow: key }));
  }
  const items = ids.map((ticket_id) => ({ ticket_id, to_phase: 'wait 0' }));
  return async () => {
    const bulks = [api.bulk(items), api.bulk(items, { 'idempotency-key': randomUUID() })];
    const pages = [api.get('/tickets?limit=200'), api.get('/workflows?limit=200')];
    return (await Promise.all([...bulks, ...pages])).flatMap((answer) => failed(answer));
  };
}

async function expectPhaseOfLongHistory(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const id = await api.createTicket({});
  await lengthenHistory(api, id);
  const items = Array.from({ length: ITEMS }, () => ({ ticket_id: id, to_phase: 'DESIGN', expected_phase: 'DONE' }));
  return async () => {
    const answers = await Promise.all([
      api.bulk(items),
      api.bulk(items, { 'idempotency-key': randomUUID() }),
      api.get(`/tickets/${id}/phase-history/visits?limit=1`),
      api.get(`/tickets/${id}/diagram?format=mermaid`),
    ]);
    return answers.flatMap((answer) => tooLarge(answer, EXPLANATIONS + ITEMS * RESULT));
  };
}

async function listLargeTickets(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const description = '漢'.repeat(100_000);
  for (let i = 0; i < 200; i++) await api.createTicket({ description });
  return async () => {
    const pages = Array.from({ length: 10 }, () => api.get('/tickets?limit=200'));
    return (await Promise.all(pages)).flatMap((answer) => tooLarge(answer, 4 * 1024 * 1024));
  };
}

async function sendLargeBulks(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const ids = await Promise.all(Array.from({ length: 120 }, () => api.createTicket({})));
  const artifacts = { text: 'x'.repeat(65_000) };
  let isBlocked = true;
  return async () => {
    isBlocked = !isBlocked;
    const items = ids.map((ticket_id) => ({ ticket_id, to_phase: isBlocked ? 'BACKLOG' : 'BLOCKED', artifacts }));
    return failed(await api.bulk(items));
  };
}

async function lintHostileWorkflow(target: HostileTarget): Promise<Attacker> {
  const api = new HostileApi(target);
  const unknown = HOSTILE.transitions.map(({ from }) => ({ from, to: 'nowhere' }));
  return async () => {
    const lints = [HOSTILE, { ...HOSTILE, transitions: unknown }].map((body) => api.post('/workflows/lint', body));
    return (await Promise.all(lints)).flatMap((answer) => tooLarge(answer, 1024 * 1024));
  };
}

/** Moves a ticket to and fro. */
async function lengthenHistory(api: HostileApi, ticket_id: string): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, i) => ({ ticket_id, to_phase: i % 2 === 0 ? 'BLOCKED' : 'BACKLOG' }));
  for (let made = 0; made < LONG_HISTORY; made += ITEMS) {
    const { status, text } = await api.bulk(items);
    if (status !== 200) throw new Error(`A bulk returned ${status} ${text.slice(0, 200)}`);
  }
}

/** Requests of an attack. */
class HostileApi {
  private readonly client = new HttpClient();
  private readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly target: HostileTarget) {
    this.headers = target.adminKey === '' ? {} : { authorization: `Bearer ${target.adminKey}` };
  }

  get(path: string): Promise<HttpResponse> {
    return this.client.send(this.target.origin, { method: 'GET', path: `/api/v1${path}`, headers: this.headers });
  }

  post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    const request = { method: 'POST', path: `/api/v1${path}`, body, headers: { ...this.headers, ...headers } };
    return this.client.send(this.target.origin, request);
  }

  bulk(items: readonly object[], headers: Readonly<Record<string, string>> = {}): Promise<HttpResponse> {
    return this.post('/transitions', { items }, headers);
  }

  async createTicket(fields: object): Promise<string> {
    const { status, body, text } = await this.post('/tickets', { title: 'attacked', ...fields });
    if (status !== 201) throw new Error(`Creating a ticket returned ${status} ${text.slice(0, 200)}`);
    return String(body['id']);
  }

  async define(definition: object): Promise<void> {
    const { status, text } = await this.post('/workflows', definition);
    if (status !== 201) throw new Error(`Creating a workflow returned ${status} ${text.slice(0, 200)}`);
  }

  async defineHostile(): Promise<string> {
    const key = `hostile-${randomUUID().slice(0, 8)}`;
    await this.define({ ...HOSTILE, key });
    return key;
  }
}

/** Overload may be rejected, with 503; anything else that is not an answer to the request is a violation. */
function failed({ status, text }: HttpResponse): string[] {
  return status < 500 || status === 503 ? [] : [`The response was ${status} ${text.slice(0, 200)}`];
}

function tooLarge(response: HttpResponse, bytes: number): string[] {
  const size = Buffer.byteLength(response.text);
  return [...failed(response), ...(size > bytes ? [`The response has ${size} bytes, more than ${bytes}`] : [])];
}
