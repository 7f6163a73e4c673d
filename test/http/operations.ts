import type { OpenAPIObject } from '@nestjs/swagger';
import type { TestApp } from '../../testkit/app';
import { moveAlong } from '../../testkit/tickets';

/** Every operation, for the tests that hold each of them to the same rule. `{id}` stands for a ticket. */
export const BODY_OPERATIONS: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/api/v1/projects'],
  ['POST', '/api/v1/api-keys'],
  ['POST', '/api/v1/api-keys/{id}/rotate'],
  ['POST', '/api/v1/workflows'],
  ['POST', '/api/v1/workflows/lint'],
  ['POST', '/api/v1/workflows/{key}/migrations'],
  ['POST', '/api/v1/tickets'],
  ['PATCH', '/api/v1/tickets/{id}'],
  ['POST', '/api/v1/tickets/{id}/transition'],
  ['POST', '/api/v1/transitions'],
];

export const BODILESS_COMMANDS: readonly (readonly [method: string, path: string])[] = [
  ['DELETE', '/api/v1/api-keys/{id}'],
  ['DELETE', '/api/v1/tickets/{id}'],
  ['POST', '/api/v1/tickets/{id}/restore'],
];

export const READS: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/api/v1/projects'],
  ['GET', '/api/v1/api-keys'],
  ['GET', '/api/v1/api-keys/{id}/events'],
  ['GET', '/api/v1/workflows'],
  ['GET', '/api/v1/workflows/schema'],
  ['GET', '/api/v1/workflows/{key}'],
  ['GET', '/api/v1/workflows/{key}/versions/{version}'],
  ['GET', '/api/v1/workflows/{key}/migrations'],
  ['GET', '/api/v1/workflows/{key}/migrations/{id}'],
  ['GET', '/api/v1/workflows/{key}/diagram'],
  ['GET', '/api/v1/tickets'],
  ['GET', '/api/v1/tickets/{id}'],
  ['GET', '/api/v1/tickets/{id}/diagram'],
  ['GET', '/api/v1/tickets/{id}/events'],
  ['GET', '/api/v1/tickets/{id}/phase-history'],
  ['GET', '/api/v1/tickets/{id}/phase-history/visits'],
  ['GET', '/api/v1/tickets/{id}/valid-transitions'],
  ['GET', '/api/v1/phases'],
  ['GET', '/health/live'],
  ['GET', '/health/ready'],
  ['GET', '/metrics'],
];

export const OPERATIONS = [...BODY_OPERATIONS, ...BODILESS_COMMANDS, ...READS];

/** A sound workflow, small enough to be sent often. */
const GOOD_WORKFLOW = {
  key: 'good',
  title: 'Good',
  initial: ['open'],
  phases: [
    { id: 'open', category: 'todo' },
    { id: 'done', category: 'done' },
  ],
  transitions: [{ from: 'open', to: 'done' }],
};

/** A body that each operation takes. */
export const GOOD_BODIES: Readonly<Record<string, Record<string, unknown>>> = {
  'POST /api/v1/projects': { key: 'good', title: 'Good' },
  'POST /api/v1/api-keys': { name: 'good', actor_kind: 'agent', role: 'worker' },
  'POST /api/v1/api-keys/{id}/rotate': { overlap_seconds: 60 },
  'POST /api/v1/workflows': GOOD_WORKFLOW,
  'POST /api/v1/workflows/lint': GOOD_WORKFLOW,
  'POST /api/v1/workflows/{key}/migrations': { from_version: 1, to_version: 2 },
  'POST /api/v1/tickets': { title: 'Good' },
  'PATCH /api/v1/tickets/{id}': { title: 'Good' },
  'POST /api/v1/transitions': { items: [{ ticket_id: '0192f0c4-7c1e-7d3a-8a4e-2f6f3c1b9a55', to_phase: 'DESIGN' }] },
  'POST /api/v1/tickets/{id}/transition': { to_phase: 'DESIGN' },
};

/** The path of an operation on this ticket, and on the built-in workflow. */
export function pathFor(path: string, id: string): string {
  return path.replace('{id}', id).replace('{key}', 'sdlc').replace('{version}', '1');
}

/** The operations of the document, as `GET /path`. */
export function documented(document: OpenAPIObject): string[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** An operation that gives a list, a page at a time. */
export interface List {
  readonly path: string;
  /** The highest `limit` that it takes. */
  readonly most: number;
}

/** The operations of the document that take a cursor. */
export function listsIn(document: OpenAPIObject): List[] {
  return Object.entries(document.paths).flatMap(([path, { get }]) => {
    const parameters = (get?.parameters ?? []).flatMap((parameter) => ('name' in parameter ? [parameter] : []));
    const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema;
    const limit = schemaOf('limit');
    return schemaOf('cursor') === undefined ? [] : [{ path, most: (limit as { maximum: number }).maximum }];
  });
}

/** A ticket that stands in REQUIREMENTS and may move. */
export async function movedTicket(app: TestApp): Promise<string> {
  const { body } = await app.api.post('/api/v1/tickets').send({ title: 'x' }).expect(201);
  await moveAlong(app, body.id, 'REQUIREMENTS');
  return body.id;
}
