import { atStatement, move, whole, type Attack } from './attack';

const EDGES = 'INSERT INTO graph_edges (graph_id, from_phase, to_phase)';
const NEW_GRAPH = `INSERT INTO graphs (workflow, version) VALUES ('{missing}', 1)`;
const ITS_ID = `(SELECT id FROM graphs WHERE workflow = '{missing}')`;
const OWN_GRAPH = [NEW_GRAPH, `${EDGES} VALUES (${ITS_ID}, 'BACKLOG', 'DONE')`];
const SEALED = atStatement('23001', 'graph_edges_sealed');
const EDGES_FROZEN = atStatement('23001', 'graph_edges_frozen');
const FROZEN = atStatement('23001', 'graphs_frozen');

function recordUnder(graph: string, to: string): string {
  return `INSERT INTO phase_history (ticket_id, sequence, id, from_phase, to_phase, graph_id, version)
            VALUES ('{new}', 1, gen_random_uuid(), 'BACKLOG', '${to}', ${graph}, 1)`;
}

function onCopy(table: string, refusal: Attack['refusal'], statement: (table: string) => string): Attack {
  const copy = `CREATE TEMPORARY TABLE copied ON COMMIT DROP AS TABLE ${table}`;
  return { name: statement(table), attack: [statement(table)], refusal, control: [copy, statement('copied')] };
}

/** Attempts to make an illegal transition legal. */
export const GRAPH_CHANGES: Attack[] = [
  {
    name: 'a new edge of a sealed graph',
    attack: [`${EDGES} VALUES (1, 'BACKLOG', 'DONE')`],
    refusal: SEALED,
    control: OWN_GRAPH,
  },
  {
    name: 'a new edge, as an upsert',
    attack: [`${EDGES} VALUES (1, 'BACKLOG', 'DONE') ON CONFLICT DO NOTHING`],
    refusal: SEALED,
    control: [`${EDGES} VALUES (1, 'BACKLOG', 'BLOCKED') ON CONFLICT DO NOTHING`],
  },
  {
    name: 'an edge of an unknown graph',
    attack: [`${EDGES} VALUES (0, 'BACKLOG', 'DONE')`],
    refusal: atStatement('23503', 'graph_edges_graph_id_fkey'),
    control: OWN_GRAPH,
  },
  onCopy('graph_edges', EDGES_FROZEN, (table) => `UPDATE ${table} SET to_phase = 'DONE'`),
  onCopy('graph_edges', EDGES_FROZEN, (table) => `DELETE FROM ${table} WHERE from_phase = 'BACKLOG'`),
  onCopy('graph_edges', EDGES_FROZEN, (table) => `TRUNCATE ${table}`),
  onCopy('graphs', FROZEN, (table) => `UPDATE ${table} SET version = 2`),
  onCopy('graphs', FROZEN, (table) => `DELETE FROM ${table}`),
  onCopy('graphs', FROZEN, (table) => `TRUNCATE ${table} CASCADE`),
  {
    name: 'a row with another graph than its ticket',
    attack: [...OWN_GRAPH, move('new', 1, 'BACKLOG', 'BLOCKED'), recordUnder(ITS_ID, 'BLOCKED')],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [...OWN_GRAPH, move('new', 1, 'BACKLOG', 'BLOCKED'), recordUnder('1', 'BLOCKED')],
  },
  {
    name: 'a row with an edge of another graph than that of its ticket',
    attack: [...OWN_GRAPH, move('new', 1, 'BACKLOG', 'DONE'), recordUnder(ITS_ID, 'DONE')],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [
      ...OWN_GRAPH,
      `INSERT INTO tickets (id, title, initial_phase_id, graph_id) VALUES ('{missing}', 'x', 'BACKLOG', ${ITS_ID})`,
      move('missing', 1, 'BACKLOG', 'DONE'),
      recordUnder(ITS_ID, 'DONE').replace('{new}', '{missing}'),
    ],
  },
  {
    name: 'a row with its own graph and an edge that only another graph has',
    attack: [...OWN_GRAPH, ...whole('new', 1, 'BACKLOG', 'DONE')],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [...OWN_GRAPH, ...whole('new', 1, 'BACKLOG', 'BLOCKED')],
  },
];
