import { moves } from '../conversations';
import { DirectConnection } from '../direct-connection';
import { LABELS } from '../labels';
import { measure } from '../load';
import { evenly } from '../picks';
import { compete, overHttp, type Contestant } from '../rounds';
import type { Program } from '../server-process';
import type { Stage } from '../stage';
import type { TicketPool } from '../tickets';

/** With how many clients each server is measured. */
const CLIENTS: Readonly<Record<Program, readonly number[]>> = {
  Phaseline: [1, 32, 256],
  'bare peer': [1, 32, 256],
  'idiomatic peer': [1, 32],
};

/** Moves, one a request: Phaseline, its peers, and the database alone. Each has a database of its own, all alike. */
export async function measureWrites(stage: Stage): Promise<void> {
  const contestants = [
    ...(await serversOf(stage, 'Phaseline', 'writes_phaseline')),
    ...(await serversOf(stage, 'bare peer', 'writes_bare')),
    ...(await serversOf(stage, 'idiomatic peer', 'writes_idiomatic')),
    ...databaseAlone(await stage.createSmall('writes_direct')),
  ];
  stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
}

async function serversOf(stage: Stage, program: Program, database: string): Promise<Contestant[]> {
  const { server, tickets } = await stage.serve(program, await stage.createSmall(database));
  return CLIENTS[program].map((clients) =>
    overHttp(LABELS.writes(program, clients), server.origin, clients, (connection, connections) =>
      moves(tickets, evenly(tickets.size, connection, connections)),
    ),
  );
}

/** What the database could do without any server before it. It takes no 256 connections. */
function databaseAlone(tickets: TicketPool): Contestant[] {
  const open = (connection: number, connections: number): Promise<DirectConnection> =>
    DirectConnection.open(tickets, evenly(tickets.size, connection, connections));
  return [1, 32].map((connections) => ({
    label: LABELS.writes('database alone', connections),
    measure: async (window) =>
      measure(await Promise.all(Array.from({ length: connections }, (_, i) => open(i, connections))), window),
  }));
}
