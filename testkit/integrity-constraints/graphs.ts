import { atCommit, atStatement, create, move, recordUnder, whole, wholeUnder, type Attack } from './attack';
import { define, definitionOf, insertGraph, version } from './workflows';

const EDGES = 'INSERT INTO graph_edges (graph_id, from_phase, to_phase)';
const PHASES = 'INSERT INTO graph_phases (graph_id, phase_id, category, position, initial)';
const OWN = define(3);
const SEALED = atStatement('23001', 'graph_edges_sealed');
const EDGES_FROZEN = atStatement('23001', 'graph_edges_frozen');
const PHASES_SEALED = atStatement('23001', 'graph_phases_sealed');
const PHASES_FROZEN = atStatement('23001', 'graph_phases_frozen');
const FROZEN = atStatement('23001', 'graphs_frozen');
const INVALID = atStatement('23514', 'graphs_definition_check');
const NO_EDGE = atStatement('23514', 'graph_edges_valid');
const INCOMPLETE = atCommit('23514', 'graphs_complete');

function onCopy(table: string, refusal: Attack['refusal'], statement: (table: string) => string): Attack {
  const copy = `CREATE TEMPORARY TABLE copied ON COMMIT DROP AS TABLE ${table}`;
  return { name: statement(table), attack: [statement(table)], refusal, control: [copy, statement('copied')] };
}

/** A statement that inserts version 3 with another definition or other columns. */
function graph(name: string, statement: string, refusal = INVALID): Attack {
  return { name, attack: [statement], refusal, control: OWN };
}

/** Attempts to make an illegal transition legal. */
export const GRAPH_CHANGES: Attack[] = [
  {
    name: 'a new edge of a sealed graph',
    attack: [`${EDGES} VALUES (1, 'BACKLOG', 'DONE')`],
    refusal: SEALED,
    control: OWN,
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
    control: OWN,
  },
  {
    name: 'an edge that its own definition does not have',
    attack: [...OWN, `${EDGES} VALUES (${version(3)}, 'SHIP', 'BACKLOG')`],
    refusal: NO_EDGE,
    control: OWN,
  },
  {
    name: 'an edge that its definition does not have, after the graph was checked',
    attack: [...OWN, 'SET CONSTRAINTS ALL IMMEDIATE', `${EDGES} VALUES (${version(3)}, 'SHIP', 'BACKLOG')`],
    refusal: NO_EDGE,
    control: [...OWN, 'SET CONSTRAINTS ALL IMMEDIATE'],
  },
  {
    name: 'a phase that the definition does not have',
    attack: [...OWN, `${PHASES} VALUES (${version(3)}, 'BLOCKED', 'todo', 3, true)`],
    refusal: PHASES_SEALED,
    control: OWN,
  },
  {
    name: 'a phase of a sealed graph',
    attack: [`${PHASES} VALUES (1, 'LIMBO', 'todo', 9, true)`],
    refusal: PHASES_SEALED,
    control: [`${PHASES} VALUES (1, 'BLOCKED', 'todo', 9, true) ON CONFLICT DO NOTHING`],
  },
  onCopy('graph_edges', EDGES_FROZEN, (table) => `UPDATE ${table} SET to_phase = 'DONE'`),
  onCopy('graph_edges', EDGES_FROZEN, (table) => `DELETE FROM ${table} WHERE from_phase = 'BACKLOG'`),
  onCopy('graph_edges', EDGES_FROZEN, (table) => `TRUNCATE ${table}`),
  onCopy('graph_phases', PHASES_FROZEN, (table) => `UPDATE ${table} SET initial = true`),
  onCopy('graph_phases', PHASES_FROZEN, (table) => `DELETE FROM ${table}`),
  onCopy('graph_phases', PHASES_FROZEN, (table) => `TRUNCATE ${table}`),
  onCopy('graphs', FROZEN, (table) => `UPDATE ${table} SET version = 2`),
  onCopy('graphs', FROZEN, (table) => `DELETE FROM ${table}`),
  onCopy('graphs', FROZEN, (table) => `TRUNCATE ${table} CASCADE`),
  graph('a graph without a definition', `INSERT INTO graphs (workflow, version) VALUES ('{workflow}', 3)`),
  graph(
    'a graph without a digest',
    `INSERT INTO graphs (workflow, version, definition) VALUES ('{workflow}', 3, '${definitionOf(3)}')`,
  ),
  graph(
    'a graph with the digest of another definition',
    `INSERT INTO graphs (workflow, version, definition, digest) VALUES ('{workflow}', 3, '${definitionOf(3)}', sha256('x'))`,
  ),
  graph('a definition with another key', insertGraph(3, definitionOf(3, 'another'))),
  graph('a definition without phases', insertGraph(3, '{"key": "{workflow}", "initial": [], "transitions": []}')),
  graph('a definition that is a list', insertGraph(3, '[1]')),
  graph(
    'a second version of sdlc',
    insertGraph(2, definitionOf(3, 'sdlc'), 'sdlc'),
    atStatement('23514', 'graphs_built_in_check'),
  ),
  {
    name: 'a graph that lacks a transition of its definition',
    attack: OWN.slice(0, 2),
    refusal: INCOMPLETE,
    control: OWN,
  },
  {
    name: 'a graph of a workflow that does not exist',
    attack: [
      insertGraph(1, definitionOf(3, '{missing}').replace(/"transitions":.*\]/, '"transitions":[]'), '{missing}'),
    ],
    refusal: INCOMPLETE,
    control: OWN,
  },
  {
    name: 'a version that leaves out a number',
    attack: [insertGraph(7, definitionOf(3)), OWN[2]!.replace('version = 3', 'version = 7')],
    refusal: INCOMPLETE,
    control: OWN,
  },
  {
    name: 'a row with another graph than its ticket',
    attack: [...OWN, move('new', 1, 'BACKLOG', 'SHIP'), recordUnder(version(3), ['new', 1, 'BACKLOG', 'SHIP'])],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [
      ...OWN,
      create('missing', 'BACKLOG', version(3)),
      ...wholeUnder(version(3), 'missing', 1, 'BACKLOG', 'SHIP'),
    ],
  },
  {
    name: 'a row with its own graph and an edge that only another graph has',
    attack: [...OWN, ...whole('new', 1, 'BACKLOG', 'SHIP')],
    refusal: atStatement('23514', 'phase_history_chain'),
    control: [...OWN, ...whole('new', 1, 'BACKLOG', 'BLOCKED')],
  },
];
