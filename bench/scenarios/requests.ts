import { DirectConnection } from '../connections';
import { LABELS } from '../figures';
import { bulkTransitions, READS, transitions, type Read } from '../requests';
import { candidateOf, overHttp, runRounds, type Candidate } from '../rounds';
import type { Generated, ServerName, Stage } from '../stage';
import { evenly, manyAtOnce } from '../workload';

/** Concurrent clients of each server. */
const CLIENTS: Readonly<Record<ServerName, readonly number[]>> = {
  Phaseline: [1, 32, 256],
  'bare peer': [1, 32, 256],
  'idiomatic peer': [1, 32],
};

/** Transitions per request, or per statement. */
const BULK = 100;

/** Single transitions: Phaseline, its peers, and the database alone. Each has a database of its own. */
export async function measureWrites(stage: Stage): Promise<void> {
  const candidates = [
    ...(await serversOf(stage, 'Phaseline', 'writes_phaseline')),
    ...(await serversOf(stage, 'bare peer', 'writes_bare')),
    ...(await serversOf(stage, 'idiomatic peer', 'writes_idiomatic')),
    ...databaseAlone(await stage.createSmall('writes_direct')),
  ];
  stage.results.add(...(await runRounds(candidates, stage.plan, stage.log)));
}

async function serversOf(stage: Stage, name: ServerName, database: string): Promise<Candidate[]> {
  const { server, tickets } = await stage.serve(name, await stage.createSmall(database));
  return CLIENTS[name].map((clients) =>
    overHttp(LABELS.writes(name, clients), server.origin, clients, (connection, connections) =>
      transitions(tickets, evenly(tickets.size, connection, connections)),
    ),
  );
}

/** Direct connections, of which the database does not accept 256. */
function databaseAlone({ databaseUrl, tickets }: Generated): Candidate[] {
  return [1, 32].map((clients) =>
    candidateOf(LABELS.writes('database alone', clients), clients, (connection, connections) => {
      const pick = evenly(tickets.size, connection, connections);
      return DirectConnection.open(databaseUrl, tickets, () => [pick()]);
    }),
  );
}

/** Bulk requests beside statements of as many transitions on a direct connection. */
export async function measureBulk(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('bulk_phaseline'));
  const direct = await stage.createSmall('bulk_direct');
  const candidates = [
    overHttp(
      LABELS.bulk('Phaseline'),
      server.origin,
      32,
      (connection, connections) => bulkTransitions(tickets, manyAtOnce(tickets.size, connection, connections, BULK)),
      BULK,
    ),
    candidateOf(
      LABELS.bulk('database alone'),
      1,
      (connection, connections) =>
        DirectConnection.open(
          direct.databaseUrl,
          direct.tickets,
          manyAtOnce(direct.tickets.size, connection, connections, BULK),
        ),
      BULK,
    ),
  ];
  stage.results.add(...(await runRounds(candidates, stage.plan, stage.log)));
}

/** Reads of random tickets. They change nothing, so all connections read all tickets. */
export async function measureReads(stage: Stage): Promise<void> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createSmall('reads'));
  const reads = ['ticket', 'history', 'valid transitions', 'page of 50'] as const satisfies Read[];
  const candidates = reads.map((what) =>
    overHttp(LABELS.read(what), server.origin, 32, () => READS[what](tickets, evenly(tickets.size, 0, 1))),
  );
  stage.results.add(...(await runRounds(candidates, stage.plan, stage.log)));
}
