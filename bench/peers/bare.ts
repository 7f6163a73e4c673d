import fastify from 'fastify';
import { connectionOptions, createPool } from '../../src/database/connection';
import { bareTransition } from './bare-transition';
import { runPeer, type Peer, type PeerOptions } from './peer';

interface Body {
  to_phase: string;
  reason?: string;
  transitioned_by?: string;
}

interface Row {
  transition_id: string;
  transition_reason: string | null;
  transitioned_by: string;
  transitioned_at: Date;
  [column: string]: unknown;
}

/** A minimal hand-written server: a route, a connection pool and one prepared statement. */
export async function startBarePeer({ databaseUrl, poolSize }: PeerOptions): Promise<Peer> {
  const pool = createPool({ ...connectionOptions(databaseUrl), max: poolSize }, () => undefined);
  const app = fastify();
  app.post<{ Params: { id: string }; Body: Body }>('/api/v1/tickets/:id/transition', async (request, reply) => {
    const { to_phase, reason = null, transitioned_by = 'system' } = request.body;
    const { rows } = await pool.query<Row>(bareTransition(request.params.id, to_phase, reason, transitioned_by));
    if (rows[0] === undefined) return reply.code(400).send({ error: 'illegal transition' });
    return responseOf(rows[0]);
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  const close = async (): Promise<void> => {
    await app.close();
    await pool.end();
  };
  return { origin, close };
}

function responseOf({ transition_id, transition_reason, transitioned_by, transitioned_at, ...ticket }: Row): object {
  const transition = { id: transition_id, transition_reason, transitioned_by, created_at: transitioned_at };
  return { ...ticket, transition };
}

if (require.main === module) void runPeer(startBarePeer);
