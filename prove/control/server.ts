import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { connectionOptions, createPool } from '../../src/database/connection';
import { NaiveError, NaiveService, NaiveWorkflows, type TransitionRequest, type WorkflowRow } from './naive-service';
import { NaiveStore, type TicketRequest, type TicketRow } from './store';

interface ControlServer {
  readonly origin: string;
  close(): Promise<void>;
}

type WithId = FastifyRequest<{ Params: { id: string } }>;

/**
 * A server without safeguards against races, crashes and invalid input: it reads, checks and writes in separate statements,
 * keeps Idempotency-Keys in memory and trusts its input. It implements Phaseline's API, so that every attack runs on it,
 * too. An attack that does not find its errors proves nothing.
 */
async function startControlServer(databaseUrl: string): Promise<ControlServer> {
  const pool = createPool({ ...connectionOptions(databaseUrl), max: 12 }, () => undefined);
  const store = new NaiveStore(pool);
  const app = fastify();
  handleErrors(app);
  storeKeys(app);
  const workflows = new NaiveWorkflows(pool);
  const service = new NaiveService(store, workflows);
  serveTickets(app, service);
  serveTransitions(app, store, service);
  serveWorkflows(app, workflows, service);
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const close = async (): Promise<void> => {
    await app.close();
    await pool.end();
  };
  return { origin, close };
}

function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const known = error instanceof NaiveError ? error : new NaiveError(error.statusCode ?? 500, 'internal_error');
    const type = `urn:phaseline:problem:${known.code}`;
    const members = { type, title: known.code, status: known.status, detail: error.message, instance: request.url };
    void reply
      .code(known.status)
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify({ ...members, code: known.code, ...known.facts }));
  });
  for (const name of ['live', 'ready']) app.get(`/health/${name}`, () => ({ status: 'ok' }));
}

/** Looks a key up first and stores its response afterwards. Concurrent requests, and a crash, repeat the effect. */
function storeKeys(app: FastifyInstance): void {
  const responses = new Map<string, { status: number; payload: unknown }>();
  app.addHook('preHandler', async ({ headers }, reply) => {
    const known = responses.get(String(headers['idempotency-key']));
    if (known === undefined) return;
    await reply.code(known.status).header('idempotent-replayed', 'true').type('application/json').send(known.payload);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const key = request.headers['idempotency-key'];
    if (key && reply.statusCode < 300) {
      responses.set(String(key), { status: reply.statusCode, payload });
    }
    done(null, payload);
  });
}

function serveTickets(app: FastifyInstance, service: NaiveService): void {
  app.post('/api/v1/tickets', async (request, reply) => {
    const ticket = await service.create(request.body as TicketRequest);
    return respondWith(reply.code(201).header('location', `/api/v1/tickets/${ticket.id}`), ticket);
  });
  app.get('/api/v1/tickets/:id', async (request: WithId, reply) =>
    respondWith(reply, await service.get(request.params.id)),
  );
  app.patch('/api/v1/tickets/:id', async (request: WithId, reply) =>
    respondWith(reply, await service.edit(request.params.id, request.body as Partial<TicketRow>)),
  );
  app.delete('/api/v1/tickets/:id', async (request: WithId, reply) => {
    await service.archive(request.params.id, new Date());
    return reply.code(204).send();
  });
  app.post('/api/v1/tickets/:id/restore', async (request: WithId, reply) =>
    respondWith(reply, await service.archive(request.params.id, null)),
  );
}

function serveTransitions(app: FastifyInstance, store: NaiveStore, service: NaiveService): void {
  app.post('/api/v1/tickets/:id/transition', async (request: WithId, reply) => {
    const { ticket, transition } = await service.move(request.params.id, request.body as TransitionRequest);
    reply.header('etag', `"${ticket.version}"`);
    return { ...asTicket(ticket), transition };
  });
  app.post('/api/v1/transitions', async ({ body }) => {
    const results = [];
    for (const { ticket_id, ...request } of (body as { items: (TransitionRequest & { ticket_id: string })[] }).items) {
      const { transition } = await service.move(ticket_id, request);
      results.push({ ticket_id, status: 'ok', transition });
    }
    return { results };
  });
  app.get('/api/v1/tickets/:id/phase-history', (request: WithId) => store.history(request.params.id));
  app.get('/api/v1/tickets/:id/valid-transitions', async (request: WithId) => {
    const ticket = await service.get(request.params.id);
    const targets = await service.targetsOf(ticket);
    const transitions = targets.map((to_phase) => ({ to_phase, allowed: true, blockers: [] }));
    const { id: ticket_id, phase_id: current_phase, version } = ticket;
    return { ticket_id, current_phase, version, valid_transitions: targets, transitions };
  });
}

function serveWorkflows(app: FastifyInstance, workflows: NaiveWorkflows, service: NaiveService): void {
  app.post('/api/v1/workflows', async (request, reply) => {
    const workflow = await workflows.create(request.body as WorkflowRow);
    reply.code(201).header('location', `/api/v1/workflows/${workflow.key}/versions/${workflow.version}`);
    return asWorkflow(workflow);
  });
  app.get('/api/v1/workflows/:key', async (request: FastifyRequest<{ Params: { key: string } }>) =>
    asWorkflow(await service.workflowOf(request.params.key)),
  );
  app.get(
    '/api/v1/workflows/:key/versions/:version',
    async (request: FastifyRequest<{ Params: { key: string; version: string } }>) => {
      const { key, version } = request.params;
      const workflow = await workflows.find(key, Number(version));
      if (workflow === undefined) throw new NaiveError(404, 'workflow_not_found');
      return asWorkflow(workflow);
    },
  );
}

function asWorkflow(workflow: WorkflowRow): object {
  return { ...workflow, project: null, warnings: [] };
}

function respondWith(reply: FastifyReply, ticket: TicketRow): object {
  reply.header('etag', `"${ticket.version}"`);
  return asTicket(ticket);
}

function asTicket({ id, ...rest }: TicketRow): object {
  return { id, project: 'default', ...rest };
}

/** Runs as a process of its own until a signal ends it. */
async function main(): Promise<void> {
  const server = await startControlServer(process.env['DATABASE_URL'] ?? '');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close().finally(() => process.exit()));
  }
  process.stdout.write(`Listening on ${server.origin}\n`);
}

if (require.main === module) void main();
