import { setTimeout as sleep } from 'node:timers/promises';
import { ApiKeyService } from '../../src/auth/api-key.service';
import { ROLES, type Role } from '../../src/auth/caller';
import { makeSecret } from '../../src/auth/secret';
import { GOOD_BODIES, movedTicket } from '../http/operations';
import { ask, changesNothing, type Answer } from '../http/wire';
import { startTestApp, type TestApp } from '../support/app';
import { makeKey, withKey } from '../support/keys';

/** An operation of the OpenAPI document. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly role: Role | 'public';
}

/** Who asks: the Authorization header that he sends, and the role that it gives him. */
interface Asking {
  readonly authorization: string | undefined;
  readonly role: Role | undefined;
}

let app: TestApp;
let ticketId: string;
let keyId: string;
const callers = new Map<string, Asking>();
/** An admin's, of a project that the ticket does not belong to. */
let stranger: string;

beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  const admin = await makeKey(app);
  const asAdmin = withKey(app, admin);
  ticketId = await movedTicket(asAdmin);
  const { body: project } = await asAdmin.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' });
  stranger = await makeKey(app, { projectId: project.id });
  keyId = await revocableKey();
  callers.set('nobody', { authorization: undefined, role: undefined });
  callers.set('a made-up key', { authorization: `Bearer ${makeSecret()}`, role: undefined });
  callers.set('no key', { authorization: 'Bearer null', role: undefined });
  callers.set('another scheme', { authorization: `Basic ${admin}`, role: undefined });
  callers.set('an expired key', { authorization: `Bearer ${await expiredKey()}`, role: undefined });
  callers.set('a revoked key', { authorization: `Bearer ${await revokedKey()}`, role: undefined });
  for (const role of ROLES) callers.set(role, { authorization: `Bearer ${await makeKey(app, { role })}`, role });
});
afterAll(() => app.close());

describe('every operation', () => {
  it('says in the document which role it needs, and takes a key unless it is public', () => {
    expect(operations().length).toBeGreaterThan(15);
    for (const { method, path, role } of operations()) {
      const { security } = app.document.paths[path]![method.toLowerCase() as 'get']!;
      expect([method, path, role]).toEqual([method, path, expect.stringMatching(/^(public|viewer|worker|admin)$/)]);
      expect([method, path, security]).toEqual([method, path, role === 'public' ? undefined : [{ key: [] }]]);
    }
  });

  it('is public only where nobody can harm or learn anything', () => {
    const open = operations().filter(({ role }) => role === 'public');
    expect(open.map(({ path }) => path).sort()).toEqual(['/health/live', '/health/ready']);
  });

  describe('that a caller may not use', () => {
    changesNothing(() => app);

    it('refuses him, and says why', async () => {
      const { expected, got } = await askAll((verdict) => verdict !== 'lets in');
      expect(got).toEqual(expected);
      expect(got.length).toBeGreaterThan(100);
    });
  });

  it('lets in every other', async () => {
    const { expected, got } = await askAll((verdict) => verdict === 'lets in');
    expect(got).toEqual(expected);
    expect(got.length).toBeGreaterThan(40);
  });
});

/** What belongs to another project is not there for a key of this one. */
describe('a key of another project', () => {
  changesNothing(() => app);

  it('finds no API key but those of its project', async () => {
    const answers = await askAsStranger(({ path }) => path.startsWith('/api/v1/api-keys/{'));
    expect(answers.length).toBeGreaterThan(0);
    for (const [operation, status] of answers) expect([operation, status]).toEqual([operation, 404]);
  });

  it('finds no ticket but those of its project', async () => {
    const answers = await askAsStranger(({ path }) => path.startsWith('/api/v1/tickets/{'));
    expect(answers.length).toBeGreaterThan(5);
    for (const [operation, status] of answers) expect([operation, status]).toEqual([operation, 404]);
  });

  it('finds no project but its own', async () => {
    const headers = { authorization: `Bearer ${stranger}` };
    const created = await ask(app, 'POST', '/api/v1/tickets', { body: '{"title":"x","project":"default"}', headers });
    const listed = await ask(app, 'GET', '/api/v1/tickets?project=default', { headers });
    const all = await ask(app, 'GET', '/api/v1/tickets', { headers });
    const projects = await ask(app, 'GET', '/api/v1/projects', { headers });
    expect([created.status, listed.status]).toEqual([404, 404]);
    expect([all.status, JSON.parse(all.body)]).toEqual([200, []]);
    expect(JSON.parse(projects.body)).toMatchObject([{ key: 'other' }]);
  });

  it('reads no migrations of a workflow that all share, which count the tickets of others', async () => {
    const headers = { authorization: `Bearer ${stranger}` };
    for (const path of ['', '/01a2048b-0000-7000-8000-000000000001']) {
      const answer = await ask(app, 'GET', `/api/v1/workflows/sdlc/migrations${path}`, { headers });
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'forbidden']);
    }
  });

  it('reads no metrics, which count the moves of all projects', async () => {
    const answer = await ask(app, 'GET', '/metrics', { headers: { authorization: `Bearer ${stranger}` } });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'forbidden']);
  });

  it('moves no ticket but those of its project, also not among many', async () => {
    const body = JSON.stringify({ items: [{ ticket_id: ticketId, to_phase: 'DESIGN' }] });
    const headers = { authorization: `Bearer ${stranger}` };
    const answer = await ask(app, 'POST', '/api/v1/transitions', { body, headers });
    expect(JSON.parse(answer.body).results).toMatchObject([
      { status: 'refused', problem: { code: 'ticket_not_found' } },
    ]);
  });
});

function operations(): Operation[] {
  return Object.entries(app.document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      role: (operation as { 'x-required-role'?: Role | 'public' })['x-required-role']!,
    })),
  );
}

/** Asks every cell of the table whose verdict is wanted; a line for each. */
async function askAll(wanted: (verdict: string) => boolean): Promise<{ expected: string[]; got: string[] }> {
  const expected: string[] = [];
  const got: string[] = [];
  for (const operation of operations()) {
    for (const [name, caller] of callers) {
      const verdict = verdictOn(operation.role, caller.role);
      if (!wanted(verdict)) continue;
      const line = `${operation.method} ${operation.path} × ${name}`;
      expected.push(`${line}: ${verdict}`);
      got.push(`${line}: ${readingOf(await send(operation, caller.authorization))}`);
    }
  }
  return { expected, got };
}

function verdictOn(needed: Role | 'public', role: Role | undefined): string {
  if (needed === 'public') return 'lets in';
  if (role === undefined) return '401 unauthenticated, Bearer';
  return ROLES.indexOf(role) >= ROLES.indexOf(needed) ? 'lets in' : '403 forbidden';
}

function readingOf({ status, headers, body }: Answer): string {
  if (status === 401) return `401 ${JSON.parse(body).code}, ${headers['www-authenticate']}`;
  if (status === 403) return `403 ${JSON.parse(body).code}`;
  return status < 500 ? 'lets in' : `${status} ${body}`;
}

function send({ method, path }: Operation, authorization: string | undefined): Promise<Answer> {
  const body = GOOD_BODIES[`${method} ${path}`];
  const id = path.startsWith('/api/v1/api-keys') ? keyId : ticketId;
  return ask(app, method, path.replaceAll(/\{\w+\}/g, id), {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
}

async function askAsStranger(which: (operation: Operation) => boolean): Promise<[string, number][]> {
  const answers: [string, number][] = [];
  for (const operation of operations().filter(which)) {
    const { status } = await send(operation, `Bearer ${stranger}`);
    answers.push([`${operation.method} ${operation.path}`, status]);
  }
  return answers;
}

async function revocableKey(): Promise<string> {
  const values = { name: 'spare', actorKind: 'agent', role: 'viewer', projectId: null, expiresAt: null } as const;
  return (await app.nest.get(ApiKeyService).createKey(values)).key.id;
}

async function expiredKey(): Promise<string> {
  const secret = await makeKey(app, { expiresAt: new Date(Date.now() + 50) });
  await sleep(60);
  return secret;
}

async function revokedKey(): Promise<string> {
  const keys = app.nest.get(ApiKeyService);
  const values = { name: 'revoked', actorKind: 'agent', role: 'admin', projectId: null, expiresAt: null } as const;
  const { key, secret } = await keys.createKey(values);
  await keys.revokeKey(key.id, null);
  return secret;
}
