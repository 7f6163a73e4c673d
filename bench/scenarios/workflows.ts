import { moves } from '../conversations';
import { LABELS } from '../labels';
import { LARGE_TERRAIN } from '../large-terrain';
import { evenly } from '../picks';
import { compete, overHttp, type Contestant } from '../rounds';
import type { Stage } from '../stage';
import { SDLC_TERRAIN, type Terrain } from '../terrain';

const CLIENTS = 32;

/** What it costs that a workflow is large. Each has a database of its own, alike but for the phases. */
export async function measureWorkflows(stage: Stage): Promise<void> {
  const contestants = [
    await contestant(stage, 'sdlc', SDLC_TERRAIN),
    await contestant(stage, '200 phases, 5,000 edges', LARGE_TERRAIN),
  ];
  stage.findings.add(...(await compete(contestants, stage.plan, stage.say)));
}

async function contestant(
  stage: Stage,
  which: 'sdlc' | '200 phases, 5,000 edges',
  terrain: Terrain,
): Promise<Contestant> {
  const { server, tickets } = await stage.serve('Phaseline', await stage.createOn(terrain));
  return overHttp(LABELS.workflow(which), server.origin, CLIENTS, (connection, connections) =>
    moves(tickets, evenly(tickets.size, connection, connections)),
  );
}
