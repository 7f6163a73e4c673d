import type { WorkflowDefinition } from '../../src/machine/workflow';
import { GOOD_BODIES } from '../http/operations';
import type { TestApp } from '../../testkit/app';
import { finished, startMigration } from '../../testkit/migrations';
import { defineWorkflow } from '../../testkit/workflows';

/** Stands in everything that is shown of the other project, and nowhere else. */
export const MARK = 'hidden';

/** The resources of a project, by the names of path parameters. */
export interface Belongings {
  readonly ticket: string;
  readonly apiKey: string;
  readonly migration: string;
}

/** The project that the stranger's key is not of, and its workflow. */
export const THEIRS = 'theirs';

/** From the first version of its workflow to the second. */
const PLAN = { from_version: 1, to_version: 2, phases: { [`${MARK}-open`]: `${MARK}-begun` } };

/** A body that each operation takes, where it is about the other project's belongings. */
export const BODIES: Readonly<Record<string, object>> = {
  ...GOOD_BODIES,
  'POST /api/v1/workflows/{key}/migrations': PLAN,
  'POST /api/v1/tickets/{id}/transition': { to_phase: `${MARK}-done` },
};

/**
 * The response to a key of one project about another project:
 *
 * - `not there`: 404, as if there were nothing;
 * - `forbidden`: 403, because it is about all projects;
 * - `his own`: it shows what there is, but for what belongs to others;
 * - `unknown value`: 400, as for a value that does not exist;
 * - `unrelated`: it has nothing to do with projects.
 */
export type Verdict = 'not there' | 'forbidden' | 'his own' | 'unknown value' | 'unrelated';

/** A request about the other project's belongings: an operation, perhaps with a query, and a body. */
export type Question = readonly [operation: string, verdict: Verdict, body?: object];

/** Questions about every operation of the document. */
export function questionsAbout({ ticket }: Pick<Belongings, 'ticket'>): readonly Question[] {
  return [
    ['POST /api/v1/projects', 'forbidden', GOOD_BODIES['POST /api/v1/projects']],
    ['GET /api/v1/projects', 'his own'],

    ['POST /api/v1/api-keys', 'not there', { ...GOOD_BODIES['POST /api/v1/api-keys'], project: THEIRS }],
    ['GET /api/v1/api-keys', 'his own'],
    ['POST /api/v1/api-keys/{id}/rotate', 'not there', {}],
    ['GET /api/v1/api-keys/{id}/events', 'not there'],
    ['DELETE /api/v1/api-keys/{id}', 'not there'],

    ['POST /api/v1/workflows', 'not there', { ...GOOD_BODIES['POST /api/v1/workflows'], project: THEIRS }],
    ['GET /api/v1/workflows', 'his own'],
    ['POST /api/v1/workflows/lint', 'unrelated', GOOD_BODIES['POST /api/v1/workflows/lint']],
    ['GET /api/v1/workflows/schema', 'unrelated'],
    ['GET /api/v1/workflows/{key}', 'not there'],
    ['GET /api/v1/workflows/{key}/versions/{version}', 'not there'],
    ['GET /api/v1/workflows/{key}/diagram', 'not there'],
    ['GET /api/v1/workflows/{key}/diagram?format=mermaid', 'not there'],
    ['POST /api/v1/workflows/{key}/migrations', 'not there', PLAN],
    ['POST /api/v1/workflows/{key}/migrations', 'not there', { ...PLAN, dry_run: true }],
    ['GET /api/v1/workflows/{key}/migrations', 'not there'],
    ['GET /api/v1/workflows/{key}/migrations/{id}', 'not there'],
    ['GET /api/v1/phases', 'unrelated'],
    [`GET /api/v1/phases?workflow=${THEIRS}`, 'not there'],

    ['POST /api/v1/tickets', 'not there', { title: 'x', project: THEIRS }],
    ['POST /api/v1/tickets', 'not there', { title: 'x', workflow: THEIRS }],
    ['GET /api/v1/tickets', 'his own'],
    [`GET /api/v1/tickets?project=${THEIRS}`, 'not there'],
    [`GET /api/v1/tickets?workflow=${THEIRS}`, 'not there'],
    // The error repeats the value. In other letters, it does not contain the mark, unless it suggests the phase.
    [`GET /api/v1/tickets?phase=${MARK.toUpperCase()}-DOING`, 'unknown value'],
    ['GET /api/v1/tickets/{id}', 'not there'],
    ['PATCH /api/v1/tickets/{id}', 'not there', { title: 'x' }],
    ['DELETE /api/v1/tickets/{id}', 'not there'],
    ['POST /api/v1/tickets/{id}/restore', 'not there'],
    ['POST /api/v1/tickets/{id}/transition', 'not there', { to_phase: `${MARK}-doing` }],
    ['POST /api/v1/transitions', 'his own', { items: [{ ticket_id: ticket, to_phase: 'x' }] }],
    ['GET /api/v1/tickets/{id}/diagram', 'not there'],
    ['GET /api/v1/tickets/{id}/events', 'not there'],
    ['GET /api/v1/tickets/{id}/phase-history', 'not there'],
    ['GET /api/v1/tickets/{id}/phase-history/visits', 'not there'],
    ['GET /api/v1/tickets/{id}/valid-transitions', 'not there'],

    ['GET /health/live', 'unrelated'],
    ['GET /health/ready', 'unrelated'],
    ['GET /metrics', 'forbidden'],
  ];
}

/** A question as it is sent. */
export function pathAbout(path: string, belongings: Belongings): string {
  return path.replace('{id}', belongings[kindOfId(path)]).replace('{key}', THEIRS).replace('{version}', '1');
}

/** The resource of an `{id}` in a path. */
export function kindOfId(path: string): keyof Belongings {
  if (path.includes('/api-keys/')) return 'apiKey';
  return path.includes('/migrations/') ? 'migration' : 'ticket';
}

/** Creates the resources of the other project with a key for all projects. */
export async function fillTheirs(asAdmin: TestApp): Promise<Belongings> {
  const { api } = asAdmin;
  await api
    .post('/api/v1/projects')
    .send({ key: THEIRS, title: `${MARK} project` })
    .expect(201);
  await defineWorkflow(asAdmin, { ...workflow(`${MARK}-open`), project: THEIRS });
  const ticket = await movedTheirs(asAdmin);
  await api.patch(`/api/v1/tickets/${ticket}`).send({ description: MARK }).expect(200);
  await defineWorkflow(asAdmin, { ...workflow(`${MARK}-begun`), project: THEIRS });
  const { id: migration } = await finished(asAdmin, await startMigration(asAdmin, PLAN, THEIRS), THEIRS);
  return { ticket, migration, apiKey: await makeTheirKey(asAdmin) };
}

/** A ticket of the other project that has moved once and may move on. */
export async function movedTheirs({ api }: TestApp): Promise<string> {
  const values = { title: `${MARK} ticket`, project: THEIRS, workflow: THEIRS };
  const { body } = await api.post('/api/v1/tickets').send(values).expect(201);
  const move = { to_phase: `${MARK}-doing`, reason: MARK };
  await api.post(`/api/v1/tickets/${body.id}/transition`).send(move).expect(200);
  return body.id;
}

let made = 0;

export async function makeTheirKey({ api }: TestApp): Promise<string> {
  const values = { name: `${MARK}-${(made += 1)}`, actor_kind: 'agent', role: 'viewer', project: THEIRS };
  return (await api.post('/api/v1/api-keys').send(values).expect(201)).body.id;
}

/** A workflow with unique phases, in which a moved ticket can always move on. */
function workflow(begin: string): WorkflowDefinition {
  const phases = [begin, `${MARK}-doing`, `${MARK}-done`].map((id, i) => ({
    id,
    category: (['todo', 'active', 'done'] as const)[i]!,
  }));
  return {
    key: THEIRS,
    title: `${MARK} workflow`,
    initial: [begin],
    phases,
    transitions: [
      { from: begin, to: `${MARK}-doing` },
      { from: `${MARK}-doing`, to: `${MARK}-done` },
    ],
  };
}
