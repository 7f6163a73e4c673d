import { atCommit, atStatement, create, edit, move, recordUnder, withEvents, wholeUnder, type Attack } from './attack';
import type { LegalForm } from './legal';
import { define, version } from './workflows';

const EDGES = 'INSERT INTO graph_edges (graph_id, from_phase, to_phase)';
const PLAN = `(SELECT id FROM graphs WHERE workflow = '{workflow} 1→2')`;
const [ONE, TWO] = [version(1), version(2)];

/** Statement that inserts a plan between two versions. */
function insertPlan(from: string, to: string, name = '{workflow} 1→2'): string {
  return `INSERT INTO graphs (workflow, version, kind, from_graph_id, to_graph_id)
            VALUES ('${name}', 1, 'migration', ${from}, ${to})`;
}

const RUN = `INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, actor, actor_kind)
  VALUES (gen_random_uuid(), ${PLAN}, ${ONE}, 2, 'x', 'human')`;

/** A plan from version 1 to version 2, and its run: DESIGN becomes BUILD, BACKLOG stays. */
const PLANNED = [
  insertPlan(ONE, TWO),
  `${EDGES} VALUES (${PLAN}, 'BACKLOG', 'BACKLOG'), (${PLAN}, 'DESIGN', 'BUILD')`,
  RUN,
];

const migrateTicket = move('chore', 3, 'DESIGN', 'BUILD').replace('SET', `SET graph_id = ${TWO},`);
const rowOfPlan = recordUnder(PLAN, ['chore', 3, 'DESIGN', 'BUILD'], 'migration');
const ship = wholeUnder(TWO, 'chore', 4, 'BUILD', 'SHIP');
const keepPhase = edit('idle', `graph_id = ${TWO}`, 'migrated');
const build = [
  move('idle', 1, 'BACKLOG', 'BUILD'),
  recordUnder(TWO, ['idle', 1, 'BACKLOG', 'BUILD']).replace('1 + 1', '3'),
];
const FINISH = `UPDATE workflow_migrations SET finished_at = clock_timestamp() WHERE plan_id = ${PLAN}`;
const MIGRATED = [...PLANNED, migrateTicket, rowOfPlan];

const CHAIN = atStatement('23514', 'phase_history_chain');
const NO_PLAN = atStatement('23001', 'tickets_fixed');
const INCOMPLETE = atCommit('23514', 'graphs_complete');

/** Attempts to change the graph without a plan, or in a way that the plan does not allow. */
export const PLAN_CHANGES: Attack[] = [
  {
    name: 'a new graph without a plan',
    attack: [keepPhase],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a new graph from a phase that the plan does not map',
    attack: [...PLANNED, edit('chore', `graph_id = ${TWO}`, 'migrated')],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a migration in the reverse direction of the plan',
    attack: [...MIGRATED, edit('chore', `graph_id = ${ONE}`, 'migrated')],
    refusal: NO_PLAN,
    control: MIGRATED,
  },
  {
    name: 'a plan as the graph of a ticket',
    attack: [...PLANNED, edit('idle', `graph_id = ${PLAN}`, 'migrated')],
    refusal: NO_PLAN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a new ticket under a plan',
    attack: [...PLANNED, create('missing', 'BACKLOG', PLAN)],
    refusal: atStatement('23514', 'tickets_under_plan'),
    control: [...PLANNED, create('missing', 'BACKLOG', TWO)],
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
    attack: [...PLANNED, move('chore', 3, 'DESIGN', 'BUILD'), rowOfPlan],
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
    attack: [...PLANNED, ...wholeUnder(TWO, 'idle', 1, 'BACKLOG', 'BUILD')],
    refusal: CHAIN,
    control: [...PLANNED, keepPhase, ...build],
  },
  {
    name: 'a move of the old graph by a ticket that went over',
    attack: [
      ...PLANNED,
      keepPhase,
      move('idle', 1, 'BACKLOG', 'BLOCKED'),
      recordUnder(ONE, ['idle', 1, 'BACKLOG', 'BLOCKED']).replace('1 + 1', '3'),
    ],
    refusal: CHAIN,
    control: [...PLANNED, ...wholeUnder(ONE, 'idle', 1, 'BACKLOG', 'BLOCKED')],
  },
  {
    name: 'a row that stays where it is, along an edge of the plan',
    attack: [
      ...PLANNED,
      move('idle', 1, 'BACKLOG', 'BACKLOG').replace('SET', `SET graph_id = ${TWO},`),
      recordUnder(PLAN, ['idle', 1, 'BACKLOG', 'BACKLOG'], 'migration'),
    ],
    refusal: CHAIN,
    control: [...PLANNED, keepPhase],
  },
  {
    name: 'a plan without a target',
    attack: [insertPlan(ONE, 'NULL')],
    refusal: atStatement('23514', 'graphs_plan_check'),
    control: PLANNED,
  },
  {
    name: 'a workflow with a target',
    attack: [
      define(3)[1]!
        .replace('digest)', 'digest, from_graph_id, to_graph_id)')
        .replace('SELECT', `SELECT`)
        .replace(`'UTF8'))`, `'UTF8')), 1, ${ONE}`),
    ],
    refusal: atStatement('23514', 'graphs_plan_check'),
    control: define(3),
  },
  {
    name: 'a plan between versions of two workflows',
    attack: [insertPlan('1', TWO, 'sdlc 1→2')],
    refusal: INCOMPLETE,
    control: PLANNED,
  },
  {
    name: 'a plan of sdlc that leads back to it',
    attack: [insertPlan('1', ONE, 'away'), insertPlan(ONE, '1', 'and back')],
    refusal: INCOMPLETE,
    control: PLANNED,
  },
  {
    name: 'a plan with the name of a workflow',
    attack: PLANNED.map((step) => step.replaceAll('{workflow} 1→2', '{workflow}x')),
    refusal: INCOMPLETE,
    control: PLANNED,
  },
  {
    name: 'a plan without a run',
    attack: PLANNED.slice(0, 2),
    refusal: INCOMPLETE,
    control: PLANNED,
  },
  ...['BACKLOG SHIPPED', 'DONE BUILD', 'BACKLOG BUILD'].map((edge) => ({
    name: `a plan that maps ${edge.replace(' ', ' to ')}`,
    attack: [...PLANNED, `${EDGES} VALUES (${PLAN}, '${edge.replace(' ', `', '`)}')`],
    refusal: atStatement('23514', 'graph_edges_valid'),
    control: [...PLANNED, `${EDGES} VALUES (${PLAN}, 'REQUIREMENTS', 'BUILD')`],
  })),
  {
    name: 'a run of a version that the plan does not lead from',
    attack: [...PLANNED, RUN.replace(ONE, TWO)],
    refusal: atStatement('23514', 'workflow_migrations_plan'),
    control: PLANNED,
  },
  {
    name: 'a migration without a new version of the ticket',
    attack: [...PLANNED, `UPDATE tickets SET graph_id = ${TWO} WHERE id = '{idle}'`],
    refusal: atStatement('23001', 'tickets_version'),
    control: [...PLANNED, keepPhase],
  },
  ...[`DELETE FROM workflow_migrations WHERE plan_id = ${PLAN}`, 'TRUNCATE workflow_migrations'].map((sql) => ({
    name: sql.replace(PLAN, 'the plan'),
    attack: [...PLANNED, sql],
    refusal: atStatement('23001', 'workflow_migrations_kept'),
    control: [...PLANNED, `UPDATE workflow_migrations SET pass = 2 WHERE plan_id = ${PLAN}`],
  })),
  ...['moved = -1', `actor = 'another'`, `plan_id = 1`, 'tickets = 9'].map((change) => ({
    name: `a run whose ${change.split(' ')[0]} changes`,
    attack: [...PLANNED, `UPDATE workflow_migrations SET ${change} WHERE plan_id = ${PLAN}`],
    refusal: atStatement('23001', 'workflow_migrations_fixed'),
    control: [...PLANNED, `UPDATE workflow_migrations SET moved = 1 WHERE plan_id = ${PLAN}`],
  })),
  {
    name: 'a finished run that goes on',
    attack: [...PLANNED, FINISH, `UPDATE workflow_migrations SET finished_at = NULL WHERE plan_id = ${PLAN}`],
    refusal: atStatement('23001', 'workflow_migrations_fixed'),
    control: [...PLANNED, FINISH],
  },
];

/** Valid migrations, with the transitions after them. */
export const MIGRATIONS: LegalForm[] = [
  {
    name: 'a migration, and the transition after it',
    steps: [...MIGRATED, ...ship],
    role: 'chore',
    stands: ['SHIP', 'BUILD', 4],
  },
  {
    name: 'a migration, its row first',
    steps: [...PLANNED, rowOfPlan, migrateTicket, ...ship],
    role: 'chore',
    stands: ['SHIP', 'BUILD', 4],
  },
  {
    name: 'a migration that keeps the phase of a ticket without transitions, and the transition after it',
    steps: [...PLANNED, keepPhase, ...build],
    role: 'idle',
    stands: ['BUILD', 'BACKLOG', 1],
  },
  {
    name: 'a migration that keeps the phase of a ticket that moved, and the transition after it',
    steps: [
      ...wholeUnder(ONE, 'chore', 3, 'DESIGN', 'BLOCKED'),
      ...wholeUnder(ONE, 'chore', 4, 'BLOCKED', 'BACKLOG'),
      ...PLANNED,
      keepPhase.replace('idle', 'chore'),
      edit('chore', `title = 'edited'`),
      move('chore', 5, 'BACKLOG', 'BUILD'),
      recordUnder(TWO, ['chore', 5, 'BACKLOG', 'BUILD']).replace('5 + 1', '8'),
    ],
    role: 'chore',
    stands: ['BUILD', 'BACKLOG', 5],
  },
  {
    name: 'a ticket with a whole history across a migration',
    steps: [
      ...PLANNED,
      withEvents(`
        INSERT INTO tickets (id, title, initial_phase_id, phase_id, previous_phase_id, transition_count, version, graph_id)
          VALUES ('{missing}', 'x', 'BACKLOG', 'SHIP', 'BUILD', 4, 5, ${TWO})
          RETURNING id, 1, 'created', created_at, NULL::integer`),
      recordUnder(ONE, ['missing', 1, 'BACKLOG', 'REQUIREMENTS']),
      recordUnder(ONE, ['missing', 2, 'REQUIREMENTS', 'DESIGN']),
      recordUnder(PLAN, ['missing', 3, 'DESIGN', 'BUILD'], 'migration'),
      recordUnder(TWO, ['missing', 4, 'BUILD', 'SHIP']),
    ],
    role: 'missing',
    stands: ['SHIP', 'BUILD', 4],
  },
];
