import { Logger } from '@nestjs/common';
import type { Writable } from 'node:stream';
import type { QueryConfig, QueryResult } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../ormconfig';
import { createPipelinedPool } from '../../src/database/pipelined-pool';
import type {
  LockedTickets,
  Participant,
  ParticipantFacts,
  TransitionBatch,
  TransitionPlan,
} from '../../src/phases/commit/participant';
import { commitBatch, commitBulk, type BatchContext } from '../../src/phases/commit/transition-batch';
import { LockStatements } from '../../src/phases/phase.statements';
import type { TransitionRequest } from '../../src/phases/transition';
import { DomainError } from '../../src/problems/domain-error';
import { Ticket } from '../../src/tickets/ticket.entity';
import { WorkflowService } from '../../src/workflows/workflow.service';
import { startTestApp, type TestApp } from '../../testkit/app';
import { createTicket } from '../../testkit/tickets';

let app: TestApp;
let source: DataSource;
let context: BatchContext;
let packets: number;

beforeAll(async () => {
  app = await startTestApp();
  await app.database.query('CREATE TABLE leases (ticket_id uuid PRIMARY KEY, holder text NOT NULL, moved_by text)');
  source = await new DataSource(dataSourceOptions(app.database.url, 1)).initialize();
  const pool = createPipelinedPool(source, 2, (error) => new Logger('test').warn(error.message));
  pool.on('connect', (client) => countPackets(client));
  const statements = new LockStatements(source.getMetadata(Ticket));
  const metrics = { observeCommit: () => undefined };
  const graphs = app.nest.get(WorkflowService);
  context = { pool, statements, graphs, participants: [new Leases()], metrics };
});
afterAll(async () => {
  await context.pool.end();
  await source.destroy();
  await app.close();
});
beforeEach(() => {
  packets = 0;
});

/** Counts the packets that a connection sends. The driver corks its stream inside ours, which is not another packet. */
function countPackets(client: object): void {
  const { stream } = (client as { connection: { stream: Writable } }).connection;
  const cork = stream.cork.bind(stream);
  stream.cork = () => {
    if (stream.writableCorked === 0) packets++;
    cork();
  };
}

/** Leases of tickets: only the holder may move a ticket, and the lease records who moved it. */
class Leases implements Participant {
  readonly committedPlans: TransitionPlan[] = [];

  read({ requests }: TransitionBatch): QueryConfig[] {
    const ids = requests.map(({ ticketId }) => ticketId);
    return [{ text: 'SELECT ticket_id, holder FROM leases WHERE ticket_id = ANY ($1::uuid[])', values: [ids] }];
  }

  /** Tickets in DESIGN need a second read. */
  more(_: TransitionBatch, { tickets }: LockedTickets): QueryConfig[] {
    const inDesign = [...tickets.values()].filter(({ phaseId }) => phaseId === 'DESIGN');
    return inDesign.length === 0 ? [] : [{ text: `SELECT 'from more' AS reason` }];
  }

  facts(_: TransitionBatch, [leases, more]: readonly QueryResult[]): ParticipantFacts {
    const rows = (leases?.rows ?? []) as { ticket_id: string; holder: string }[];
    const holders = new Map(rows.map(({ ticket_id, holder }) => [ticket_id, holder]));
    return {
      outcomeOf: ({ ticketId, actor }) => {
        if (more !== undefined) return new DomainError('busy', (more.rows as { reason: string }[])[0]?.reason ?? '');
        const holder = holders.get(ticketId);
        return holder === undefined || holder === actor
          ? undefined
          : new DomainError('forbidden', `Held by ${holder}.`);
      },
    };
  }

  async write(_: TransitionBatch, { moves }: TransitionPlan): Promise<QueryConfig[]> {
    return moves.map(({ ticket, actor }) => ({
      text: 'UPDATE leases SET moved_by = $2 WHERE ticket_id = $1',
      values: [ticket.id, actor],
    }));
  }

  committed(plan: TransitionPlan): void {
    this.committedPlans.push(plan);
  }
}

const request = (ticketId: string, actor: string, toPhase = 'REQUIREMENTS'): TransitionRequest => ({
  ticketId,
  toPhase,
  reason: null,
  transitionedBy: actor,
  actor,
  actorKind: 'agent',
  artifacts: null,
  projectId: null,
  precondition: null,
});

const leasedTicket = async (phase_id = 'BACKLOG'): Promise<string> => {
  const { id } = await createTicket(app, { title: 'leased', phase_id });
  await app.database.query(`INSERT INTO leases VALUES ('${id}', 'agent-1')`);
  return id;
};

describe('a participant of the committer', () => {
  it('rejects a request before it is judged, and the other requests of the batch are made', async () => {
    const [first, second] = [await leasedTicket(), await leasedTicket()];
    const outcomes = await commitBatch(context, [request(first, 'agent-2'), request(second, 'agent-1')], 'skip');
    expect(outcomes).toEqual([
      expect.objectContaining({ code: 'forbidden', message: 'Held by agent-1.' }),
      expect.objectContaining({ kind: 'moved', actor: 'agent-1' }),
    ]);
    expect(await phaseOf(first)).toEqual('BACKLOG');
    expect(await phaseOf(second)).toEqual('REQUIREMENTS');
  });

  it('writes in the transaction of the transitions, in the same two round trips', async () => {
    const id = await leasedTicket();
    await commitBatch(context, [request(id, 'agent-1')], 'skip');
    expect(packets).toBe(2);
    expect(await app.database.query(`SELECT moved_by FROM leases WHERE ticket_id = '${id}'`)).toEqual([
      { moved_by: 'agent-1' },
    ]);
  });

  it('takes a third round trip only when a locked ticket needs more facts', async () => {
    const id = await leasedTicket('DESIGN');
    const outcomes = await commitBatch(context, [request(id, 'agent-1', 'IMPLEMENTATION')], 'skip');
    expect(outcomes).toEqual([expect.objectContaining({ code: 'busy', message: 'from more' })]);
    expect(packets).toBe(3);
  });

  it('rolls the transitions back when one of its statements fails', async () => {
    const id = await leasedTicket();
    const [leases] = context.participants as [Leases];
    const plans = leases.committedPlans.length;
    const failing = Object.assign(new Leases(), { write: () => Promise.resolve([{ text: 'SELECT 1 / 0' }]) });
    const outcomes = await commitBatch({ ...context, participants: [failing] }, [request(id, 'agent-1')], 'skip');
    expect(outcomes).toEqual([expect.objectContaining({ message: 'division by zero' })]);
    expect(await phaseOf(id)).toEqual('BACKLOG');
    expect([leases.committedPlans.length, failing.committedPlans]).toEqual([plans, []]);
  });

  it('is notified after the commit, and not of an atomic bulk request that was withdrawn', async () => {
    const [leases] = context.participants as [Leases];
    const [first, second] = [await leasedTicket(), await leasedTicket()];
    const before = leases.committedPlans.length;
    const requests = [request(first, 'agent-1'), request(second, 'agent-2')];
    await commitBulk(context, { requests }, true, 'skip');
    expect(leases.committedPlans).toHaveLength(before);
    await commitBulk(context, { requests }, false, 'skip');
    expect(leases.committedPlans.slice(before).map(({ moves }) => moves.map(({ ticket }) => ticket.id))).toEqual([
      [first],
    ]);
  });
});

async function phaseOf(id: string): Promise<string> {
  return (await app.api.get(`/api/v1/tickets/${id}`).expect(200)).body.phase_id;
}
