import { withClient } from '../cluster';
import { moves } from '../conversations';
import { LABELS } from '../labels';
import { evenly } from '../picks';
import { compete, overHttp, type Contestant } from '../rounds';
import type { Stage } from '../stage';
import type { TicketPool } from '../tickets';

const CLIENTS = 32;

/** The tables that a move writes to. */
const TABLES = `('tickets'::regclass, 'phase_history'::regclass, 'ticket_events'::regclass)`;

/** Every trigger, check and foreign key of them; keys and indexes stay. */
const DEFENCE = `
  SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS removal
    FROM pg_constraint
   WHERE conrelid IN ${TABLES} AND contype IN ('c', 'f')
     AND conname <> 'tickets_priority_check'
  UNION ALL
  SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger
   WHERE tgrelid IN ${TABLES} AND NOT tgisinternal`;

/** What it costs that the database defends itself. */
export async function measureDefence(stage: Stage): Promise<void> {
  const defended = await stage.createSmall('defended');
  const open = await stage.createSmall('undefended');
  await removeDefence(open.databaseUrl);
  const contestants = [await contestant(stage, 'with', defended), await contestant(stage, 'without', open)];
  stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
}

async function contestant(stage: Stage, how: 'with' | 'without', tickets: TicketPool): Promise<Contestant> {
  const { server } = await stage.serve('Phaseline', tickets);
  return overHttp(LABELS.defence(how), server.origin, CLIENTS, (connection, connections) =>
    moves(tickets, evenly(tickets.size, connection, connections)),
  );
}

async function removeDefence(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ removal: string }>(DEFENCE);
    for (const { removal } of rows) await client.query(removal);
  });
}
