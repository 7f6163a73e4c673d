import { atCommit, atStatement, move, record, type Attack } from './attack';
import type { LegalForm } from './legal';

const GRAPH = `(SELECT id FROM graphs WHERE workflow = '{missing}')`;
const PLAN = `(SELECT id FROM graphs WHERE workflow = 'plan {missing}')`;
const EDGES = 'INSERT INTO graph_edges (graph_id, from_phase, to_phase)';

/** A graph of BACKLOG, BUILD and SHIP, and a plan from `sdlc` to it: DESIGN becomes BUILD, BACKLOG stays. */
const PLANNED = [
  `INSERT INTO graphs (workflow, version) VALUES ('{missing}', 1)`,
  `${EDGES} VALUES (${GRAPH}, 'BACKLOG', 'BUILD'), (${GRAPH}, 'BUILD', 'SHIP')`,
  `INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
     VALUES ('plan {missing}', 1, 'migration', 1, ${GRAPH})`,
  `${EDGES} VALUES (${PLAN}, 'BACKLOG', 'BACKLOG'), (${PLAN}, 'DESIGN', 'BUILD')`,
];

function under(graph: string, row: string, kind = 'migration'): string {
  return row
    .replace(', version, created_at)', ', version, kind, created_at)')
    .replace(', 1, 1, clock', `, ${graph}, 1, '${kind}', clock`);
}

const migrateTicket = move('moved', 3, 'DESIGN', 'BUILD').replace('SET', `SET graph_id = ${GRAPH},`);
const rowOfPlan = under(PLAN, record('moved', 3, 'DESIGN', 'BUILD'));
const ship = [move('moved', 4, 'BUILD', 'SHIP'), under(GRAPH, record('moved', 4, 'BUILD', 'SHIP'), 'transition')];
const keepPhase = `UPDATE tickets SET graph_id = ${GRAPH} WHERE id = '{new}'`;
const build = [move('new', 1, 'BACKLOG', 'BUILD'), under(GRAPH, record('new', 1, 'BACKLOG', 'BUILD'), 'transition')];
const MIGRATED = [...PLANNED, migrateTicket, rowOfPlan];

const CHAIN = atStatement('23514', 'phase_history_chain');
const NO_PLAN = atStatement('23001', 'tickets_fixed');

/** Attempts to change the graph without a plan, or in a way that the plan does not allow. */
export const PLAN_CHANGES: Attack[] = [
  {
    name: 'a new graph without a plan',
    attack: [...PLANNED.slice(0, 2), keepPhase],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a new graph from a phase that the plan does not map',
    attack: [...PLANNED, `UPDATE tickets SET graph_id = ${GRAPH} WHERE id = '{other}'`],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a migration in the reverse direction of the plan',
    attack: [...MIGRATED, `UPDATE tickets SET graph_id = 1 WHERE id = '{moved}'`],
    refusal: NO_PLAN,
    control: MIGRATED,
  },
  {
    name: 'a plan as the graph of a ticket',
    attack: [...PLANNED, `UPDATE tickets SET graph_id = ${PLAN} WHERE id = '{new}'`],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a new ticket under a plan',
    attack: [
      ...PLANNED,
      `INSERT INTO tickets (id, title, initial_phase_id, graph_id) VALUES ('{missing}', 'x', 'BACKLOG', ${PLAN})`,
    ],
    refusal: atStatement('23514', 'tickets_under_plan'),
    control: [
      ...PLANNED,
      `INSERT INTO tickets (id, title, initial_phase_id, graph_id) VALUES ('{missing}', 'x', 'BACKLOG', ${GRAPH})`,
    ],
  },
  {
    name: 'another phase without a row',
    attack: [...PLANNED, migrateTicket],
    refusal: atCommit('23514', 'tickets_history'),
    control: MIGRATED,
  },
  {
    name: 'a row of a plan that the ticket does not follow',
    attack: [...PLANNED, rowOfPlan],
    refusal: atCommit('23514', 'phase_history_chain'),
    control: MIGRATED,
  },
  {
    name: 'the target phase of a plan under the old graph',
    attack: [...PLANNED, move('moved', 3, 'DESIGN', 'BUILD'), rowOfPlan],
    refusal: CHAIN,
    control: MIGRATED,
  },
  {
    name: 'a migration recorded as a transition',
    attack: [...PLANNED, migrateTicket, rowOfPlan.replace(`'migration'`, `'transition'`)],
    refusal: CHAIN,
    control: MIGRATED,
  },
  {
    name: 'a transition recorded as a migration',
    attack: [...MIGRATED, ship[0]!, ship[1]!.replace(`'transition'`, `'migration'`)],
    refusal: CHAIN,
    control: [...MIGRATED, ...ship],
  },
  {
    name: 'a move of the new graph by a ticket of the old one',
    attack: [...PLANNED, build[0]!, build[1]!],
    refusal: CHAIN,
    control: [...PLANNED, keepPhase, ...build],
  },
  {
    name: 'a move of the old graph by a ticket that went over',
    attack: [...PLANNED, keepPhase, move('new', 1, 'BACKLOG', 'BLOCKED'), record('new', 1, 'BACKLOG', 'BLOCKED')],
    refusal: CHAIN,
    control: [...PLANNED, move('new', 1, 'BACKLOG', 'BLOCKED'), record('new', 1, 'BACKLOG', 'BLOCKED')],
  },
  {
    name: 'a row that stays where it is, along an edge of the plan',
    attack: [
      ...PLANNED,
      move('new', 1, 'BACKLOG', 'BACKLOG').replace('SET', `SET graph_id = ${GRAPH},`),
      under(PLAN, record('new', 1, 'BACKLOG', 'BACKLOG')),
    ],
    refusal: CHAIN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a plan without a target',
    attack: [`INSERT INTO graphs (workflow, version, kind, from_graph_id) VALUES ('{missing}', 1, 'migration', 1)`],
    refusal: atStatement('23514', 'graphs_plan_check'),
    control: PLANNED,
  },
  {
    name: 'a workflow with a target',
    attack: [
      ...PLANNED,
      `INSERT INTO graphs (workflow, version, from_graph_id, to_graph_id) VALUES ('{missing}', 2, 1, ${GRAPH})`,
    ],
    refusal: atStatement('23514', 'graphs_plan_check'),
    control: PLANNED,
  },
];

/** Valid migrations, with the transitions after them. */
export const MIGRATIONS: LegalForm[] = [
  {
    name: 'a migration, and the transition after it',
    steps: [...MIGRATED, ...ship],
    role: 'moved',
    stands: ['SHIP', 'BUILD', 4],
  },
  {
    name: 'a migration, its row first',
    steps: [...PLANNED, rowOfPlan, migrateTicket, ...ship],
    role: 'moved',
    stands: ['SHIP', 'BUILD', 4],
  },
  {
    name: 'a migration that keeps the phase of a ticket without transitions, and the transition after it',
    steps: [...PLANNED, keepPhase, ...build],
    role: 'new',
    stands: ['BUILD', 'BACKLOG', 1],
  },
  {
    name: 'a migration that keeps the phase of a ticket that moved, and the transition after it',
    steps: [
      move('moved', 3, 'DESIGN', 'BLOCKED'),
      record('moved', 3, 'DESIGN', 'BLOCKED'),
      move('moved', 4, 'BLOCKED', 'BACKLOG'),
      record('moved', 4, 'BLOCKED', 'BACKLOG'),
      ...PLANNED,
      keepPhase.replace('new', 'moved'),
      `UPDATE tickets SET title = 'edited', version = version + 1 WHERE id = '{moved}'`,
      ...build.map((step) => step.replace('{new}', '{moved}').replace(/= 1\b|, 1,/, (one) => one.replace('1', '5'))),
    ],
    role: 'moved',
    stands: ['BUILD', 'BACKLOG', 5],
  },
  {
    name: 'a ticket with a whole history across a migration',
    steps: [
      ...PLANNED,
      `INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count, graph_id)
         VALUES ('{missing}', 'x', 'REQUIREMENTS', 'SHIP', 'BUILD', 3, ${GRAPH})`,
      record('missing', 1, 'REQUIREMENTS', 'DESIGN'),
      under(PLAN, record('missing', 2, 'DESIGN', 'BUILD')),
      under(GRAPH, record('missing', 3, 'BUILD', 'SHIP'), 'transition'),
    ],
    role: 'missing',
    stands: ['SHIP', 'BUILD', 3],
  },
];
