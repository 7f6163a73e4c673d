import { setTimeout as sleep } from 'node:timers/promises';
import { ApiKeyService } from '../../src/access/api-key.service';
import { CommandRunner } from '../../src/idempotency/command-runner';
import { ANONYMOUS, ROLES, type Role } from '../../src/access/caller';
import { makeSecret } from '../../src/access/key-verifier';
import { documented } from '../http/operations';
import { ask, changesNothing, type Answer } from '../http/wire';
import { startTestApp, type TestApp } from '../../testkit/app';
import { makeKey, withKey } from '../../testkit/keys';
import {
  BODIES,
  fillTheirs,
  kindOfId,
  makeTheirKey,
  MARK,
  movedTheirs,
  pathAbout,
  questionsAbout,
  type Belongings,
  type Verdict,
} from './other-project';

/** An operation of the OpenAPI document. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly role: Role | 'public';
}

/** A caller: the Authorization header that it sends, and its role. */
interface Asking {
  readonly authorization: string | undefined;
  readonly role: Role | undefined;
}

let app: TestApp;
let asAdmin: TestApp;
let theirs: Belongings;
/** Of an admin of another project. */
let stranger: string;
const callers = new Map<string, Asking>();

beforeAll(async () => {
  app = await startTestApp(undefined, { authentication: true });
  const admin = await makeKey(app);
  asAdmin = withKey(app, admin);
  theirs = await fillTheirs(asAdmin);
  const { body: project } = await asAdmin.api.post('/api/v1/projects').send({ key: 'other', title: 'Other' });
  stranger = await makeKey(app, { projectId: project.id });
  callers.set('anonymous', { authorization: undefined, role: undefined });
  callers.set('a made-up key', { authorization: `Bearer ${makeSecret()}`, role: undefined });
  callers.set('no key', { authorization: 'Bearer null', role: undefined });
  callers.set('another scheme', { authorization: `Basic ${admin}`, role: undefined });
  callers.set('an expired key', { authorization: `Bearer ${await expiredKey()}`, role: undefined });
  callers.set('a revoked key', { authorization: `Bearer ${await revokedKey()}`, role: undefined });
  for (const role of ROLES) callers.set(role, { authorization: `Bearer ${await makeKey(app, { role })}`, role });
});
afterAll(() => app.close());

describe('every operation', () => {
  it('documents its role, and accepts a key unless it is public', () => {
    expect(operations().length).toBeGreaterThan(15);
    for (const { method, path, role } of operations()) {
      const { security } = app.document.paths[path]![method.toLowerCase() as 'get']!;
      expect([method, path, role]).toEqual([method, path, expect.stringMatching(/^(public|viewer|worker|admin)$/)]);
      expect([method, path, security]).toEqual([method, path, role === 'public' ? [] : [{ key: [] }]]);
    }
  });

  it('is public only for health checks', () => {
    const open = operations().filter(({ role }) => role === 'public');
    expect(open.map(({ path }) => path).sort()).toEqual(['/health/live', '/health/ready']);
  });

  it('is covered by the requests with a key of another project', () => {
    const asked = questionsAbout(theirs).map(([operation]) => operation.split('?')[0]);
    expect([...new Set(asked)].sort()).toEqual(documented(app.document).sort());
  });

  describe('with insufficient permissions', () => {
    changesNothing(() => app);

    it('returns the reason', async () => {
      const { expected, got } = await askAll(
        (verdict) => verdict !== 'lets in',
        () => Promise.resolve(theirs),
      );
      expect(got).toEqual(expected);
      expect(got.length).toBeGreaterThan(100);
    });

    it('hides the resources of another project from an admin of one project', async () => {
      const questions = questionsAbout(theirs);
      const answers: [string, string][] = [];
      for (const [operation, , body] of questions) {
        const answer = await question(operation, `Bearer ${stranger}`, theirs, body);
        answers.push([operation, answer.body.includes(MARK) ? `leaks: ${answer.body}` : strangersReading(answer)]);
      }
      expect(answers).toEqual(questions.map(([operation, verdict]) => [operation, READINGS[verdict]]));
    });

    it('shows the same resources to an admin of all projects', async () => {
      const shown = questionsAbout(theirs).filter(
        ([operation, verdict]) => operation.startsWith('GET') && verdict !== 'unrelated' && verdict !== 'unknown value',
      );
      expect(shown.length).toBeGreaterThan(15);
      for (const [operation] of shown) {
        const { status, body } = await question(operation, callers.get('admin')!.authorization, theirs);
        expect([operation, status, body]).toEqual([operation, 200, expect.stringContaining(MARK)]);
      }
    });
  });

  it('admits every other caller', async () => {
    const { expected, got } = await askAll((verdict) => verdict === 'lets in', freshBelongings);
    expect(got).toEqual(expected);
    expect(got.length).toBeGreaterThan(40);
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

/** Asks every cell of the table whose verdict is wanted, each about the belongings that are made for it. */
async function askAll(
  wanted: (verdict: string) => boolean,
  belongings: (operation: Operation) => Promise<Belongings>,
): Promise<{ expected: string[]; got: string[] }> {
  const expected: string[] = [];
  const got: string[] = [];
  for (const operation of operations()) {
    for (const [name, caller] of callers) {
      const verdict = verdictOn(operation.role, caller.role);
      if (!wanted(verdict)) continue;
      const line = `${operation.method} ${operation.path}`;
      const about = await belongings(operation);
      const answer = await question(line, caller.authorization, about, BODIES[line]);
      expected.push(`${line} × ${name}: ${verdict}`);
      got.push(`${line} × ${name}: ${readingOf(answer)}`);
    }
  }
  return { expected, got };
}

/** The unchanged state. */
async function freshBelongings({ path }: Operation): Promise<Belongings> {
  const kind = path.includes('{id}') ? kindOfId(path) : undefined;
  if (kind === 'ticket') return { ...theirs, ticket: await movedTheirs(asAdmin) };
  return kind === 'apiKey' ? { ...theirs, apiKey: await makeTheirKey(asAdmin) } : theirs;
}

function verdictOn(needed: Role | 'public', role: Role | undefined): string {
  if (needed === 'public') return 'lets in';
  if (role === undefined) return '401 unauthenticated, Bearer';
  return ROLES.indexOf(role) >= ROLES.indexOf(needed) ? 'lets in' : '403 forbidden';
}

function readingOf({ status, headers, body }: Answer): string {
  if (status === 401) return `401 ${JSON.parse(body).code}, ${headers['www-authenticate']}`;
  if (status === 403) return `403 ${JSON.parse(body).code}`;
  return status < 300 ? 'lets in' : `${status} ${body}`;
}

/** Classifies the response to a key of another project. */
const READINGS: Readonly<Record<Verdict, string>> = {
  'not there': '404 not found',
  forbidden: '403 forbidden',
  'his own': 'answers',
  'unknown value': '400 validation_failed',
  unrelated: 'answers',
};

function strangersReading({ status, body }: Answer): string {
  if (status < 300) return 'answers';
  const { code } = JSON.parse(body) as { code: string };
  return `${status} ${code.replace(/^(ticket|project|workflow|api_key)_not_found$/, 'not found')}`;
}

/** @param operation with its method, perhaps with a query */
function question(
  operation: string,
  authorization: string | undefined,
  about: Belongings,
  body?: object,
): Promise<Answer> {
  const [method = '', path = ''] = operation.split(' ');
  return ask(app, method, pathAbout(path, about), {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  });
}

async function expiredKey(): Promise<string> {
  const secret = await makeKey(app, { expiresAt: new Date(Date.now() + 50) });
  await sleep(60);
  return secret;
}

async function revokedKey(): Promise<string> {
  const [keys, commands] = [app.nest.get(ApiKeyService), app.nest.get(CommandRunner)];
  const values = { name: 'revoked', actorKind: 'agent', role: 'admin', projectId: null, expiresAt: null } as const;
  const { key, secret } = await commands.execute(keys.createKey(values, ANONYMOUS));
  await commands.execute(keys.revokeKey(key.id, ANONYMOUS, null));
  return secret;
}
