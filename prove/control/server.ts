import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Pool } from 'pg';
import { NaiveLifecycle, Refusal, type MoveOrder } from './lifecycle';
import { NaiveStore, type TicketOrder, type TicketRow } from './store';
import { NaiveWorkflows, type WorkflowRow } from './workflows';

export interface ControlServer {
  readonly origin: string;
  close(): Promise<void>;
}

type WithId = FastifyRequest<{ Params: { id: string } }>;

/**
 * What is written where nobody thinks of races, crashes and hostile input: it reads, checks and writes, remembers
 * Idempotency-Keys in memory, and believes whatever it is sent. It speaks Phaseline's API, so that every attack on
 * Phaseline can be made on it, and an attack that does not find its faults proves nothing.
 */
export async function startControlServer(databaseUrl: string): Promise<ControlServer> {
  const pool = new Pool({ connectionString: databaseUrl, max: 12 });
  pool.on('error', () => undefined);
  const store = new NaiveStore(pool);
  const app = fastify();
  answerProblems(app);
  rememberKeys(app);
  const workflows = new NaiveWorkflows(pool);
  const lifecycle = new NaiveLifecycle(store, workflows);
  serveTickets(app, lifecycle);
  serveMoves(app, store, lifecycle);
  serveWorkflows(app, workflows, lifecycle);
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const close = async (): Promise<void> => {
    await app.close();
    await pool.end();
  };
  return { origin, close };
}

function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const known = error instanceof Refusal ? error : new Refusal(error.statusCode ?? 500, 'internal_error');
    const type = `urn:phaseline:problem:${known.code}`;
    const members = { type, title: known.code, status: known.status, detail: error.message, instance: request.url };
    void reply
      .code(known.status)
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify({ ...members, code: known.code, ...known.facts }));
  });
  for (const name of ['live', 'ready']) app.get(`/health/${name}`, () => ({ status: 'ok' }));
}

/** Looks first and writes down afterwards; what happens in between, or is lost with the process, happens again. */
function rememberKeys(app: FastifyInstance): void {
  const answers = new Map<string, { status: number; payload: unknown }>();
  app.addHook('preHandler', async ({ headers }, reply) => {
    const known = answers.get(String(headers['idempotency-key']));
    if (known === undefined) return;
    await reply.code(known.status).header('idempotent-replayed', 'true').type('application/json').send(known.payload);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const key = request.headers['idempotency-key'];
    if (key && reply.statusCode < 300) {
      answers.set(String(key), { status: reply.statusCode, payload });
    }
    done(null, payload);
  });
}

function serveTickets(app: FastifyInstance, lifecycle: NaiveLifecycle): void {
  app.post('/api/v1/tickets', async (request, reply) => {
    const ticket = await lifecycle.create(request.body as TicketOrder);
    return show(reply.code(201).header('location', `/api/v1/tickets/${ticket.id}`), ticket);
  });
  app.get('/api/v1/tickets/:id', async (request: WithId, reply) => show(reply, await lifecycle.get(request.params.id)));
  app.patch('/api/v1/tickets/:id', async (request: WithId, reply) =>
    show(reply, await lifecycle.edit(request.params.id, request.body as Partial<TicketRow>)),
  );
  app.delete('/api/v1/tickets/:id', async (request: WithId, reply) => {
    await lifecycle.archive(request.params.id, new Date());
    return reply.code(204).send();
  });
  app.post('/api/v1/tickets/:id/restore', async (request: WithId, reply) =>
    show(reply, await lifecycle.archive(request.params.id, null)),
  );
}

function serveMoves(app: FastifyInstance, store: NaiveStore, lifecycle: NaiveLifecycle): void {
  app.post('/api/v1/tickets/:id/transition', async (request: WithId, reply) => {
    const { ticket, transition } = await lifecycle.move(request.params.id, request.body as MoveOrder);
    reply.header('etag', `"${ticket.version}"`);
    return { ...asTicket(ticket), transition };
  });
  app.post('/api/v1/transitions', async (request) => {
    const results = [];
    for (const { ticket_id, ...order } of (request.body as { items: (MoveOrder & { ticket_id: string })[] }).items) {
      const { transition } = await lifecycle.move(ticket_id, order);
      results.push({ ticket_id, status: 'ok', transition });
    }
    return { results };
  });
  app.get('/api/v1/tickets/:id/phase-history', (request: WithId) => store.history(request.params.id));
  app.get('/api/v1/tickets/:id/valid-transitions', async (request: WithId) => {
    const ticket = await lifecycle.get(request.params.id);
    const targets = await lifecycle.targetsOf(ticket);
    const transitions = targets.map((to_phase) => ({ to_phase, allowed: true, blockers: [] }));
    const { id: ticket_id, phase_id: current_phase, version } = ticket;
    return { ticket_id, current_phase, version, valid_transitions: targets, transitions };
  });
}

function serveWorkflows(app: FastifyInstance, workflows: NaiveWorkflows, lifecycle: NaiveLifecycle): void {
  app.post('/api/v1/workflows', async (request, reply) => {
    const workflow = await workflows.create(request.body as WorkflowRow);
    reply.code(201).header('location', `/api/v1/workflows/${workflow.key}/versions/${workflow.version}`);
    return asWorkflow(workflow);
  });
  app.get('/api/v1/workflows/:key', async (request: FastifyRequest<{ Params: { key: string } }>) =>
    asWorkflow(await lifecycle.workflowOf(request.params.key)),
  );
  app.get(
    '/api/v1/workflows/:key/versions/:version',
    async (request: FastifyRequest<{ Params: { key: string; version: string } }>) => {
      const { key, version } = request.params;
      const workflow = await workflows.find(key, Number(version));
      if (workflow === undefined) throw new Refusal(404, 'workflow_not_found');
      return asWorkflow(workflow);
    },
  );
}

function asWorkflow(workflow: WorkflowRow): object {
  return { ...workflow, project: null, warnings: [] };
}

function show(reply: FastifyReply, ticket: TicketRow): object {
  reply.header('etag', `"${ticket.version}"`);
  return asTicket(ticket);
}

function asTicket({ id, ...rest }: TicketRow): object {
  return { id, project: 'default', ...rest };
}
