import { bulkMoves, moves } from '../conversations';
import { LABELS } from '../labels';
import { evenly, shareOf } from '../picks';
import { compete, overHttp } from '../rounds';
import type { Stage } from '../stage';

const ITEMS = 100;
const CLIENTS = 32;

/** Moves by the hundred, beside the same server's single requests. */
export async function measureBulk(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('bulk'));
  const single = overHttp(LABELS.bulk('single requests'), server.origin, CLIENTS, (connection, connections) =>
    moves(tickets, evenly(tickets.size, connection, connections)),
  );
  const pickMany = (connection: number, connections: number) => handfuls(tickets.size, connection, connections);
  const bulk = overHttp(
    LABELS.bulk('bulk of 100'),
    server.origin,
    CLIENTS,
    (connection, connections) => bulkMoves(tickets, pickMany(connection, connections)),
    ITEMS,
  );
  stage.findings.add(...(await compete([single, bulk], stage.plan, stage.say)));
}

/** A hundred different tickets of a connection's own, spread over all that it has. */
function handfuls(tickets: number, connection: number, connections: number): () => number[] {
  const [first, width] = shareOf(tickets, connection, connections);
  const stride = Math.floor(width / ITEMS);
  return () => {
    const start = Math.floor(Math.random() * width);
    return Array.from({ length: ITEMS }, (_, i) => first + ((start + i * stride) % width));
  };
}
