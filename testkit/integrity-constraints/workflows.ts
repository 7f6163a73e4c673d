/** The versions of the workflow of each test. Version 1 has the first phases of `sdlc`. */
const VERSIONS = {
  1: {
    phases: { BACKLOG: 'todo', REQUIREMENTS: 'active', DESIGN: 'active', BLOCKED: 'waiting' },
    edges: ['BACKLOG REQUIREMENTS', 'REQUIREMENTS DESIGN', 'BACKLOG BLOCKED', 'BLOCKED BACKLOG', 'DESIGN BLOCKED'],
  },
  2: { phases: { BACKLOG: 'todo', BUILD: 'active', SHIP: 'done' }, edges: ['BACKLOG BUILD', 'BUILD SHIP'] },
  3: { phases: { BACKLOG: 'todo', SHIP: 'done' }, edges: ['BACKLOG SHIP'] },
} as const;

/** Returns the definition of a version as the application stores it. */
export function definitionOf(number: keyof typeof VERSIONS, key = '{workflow}'): string {
  const { phases, edges } = VERSIONS[number];
  const transitions = edges.map((edge) => {
    const [from, to] = edge.split(' ');
    return { from, to, kind: 'forward', requires: [] };
  });
  const listed = Object.entries(phases).map(([id, category]) => ({ id, title: id, category }));
  return JSON.stringify({ key, title: 'Own', initial: ['BACKLOG'], phases: listed, transitions, resume: 'any' });
}

/** SQL of the id of a version. */
export function version(number: number): string {
  return `(SELECT id FROM graphs WHERE workflow = '{workflow}' AND version = ${number})`;
}

/** Statements that define a version. */
export function define(number: keyof typeof VERSIONS): string[] {
  return [
    `INSERT INTO workflows (key) VALUES ('{workflow}') ON CONFLICT DO NOTHING`,
    insertGraph(number, definitionOf(number)),
    `INSERT INTO graph_edges SELECT id, edge->>'from', edge->>'to'
       FROM graphs, json_array_elements(definition->'transitions') AS edge
      WHERE workflow = '{workflow}' AND version = ${number}`,
  ];
}

/** Statement that inserts a version without its edges. */
export function insertGraph(number: number, definition: string, workflow = '{workflow}'): string {
  return `INSERT INTO graphs (workflow, version, definition, digest)
            SELECT '${workflow}', ${number}, text::json, sha256(convert_to(text, 'UTF8'))
              FROM (VALUES ('${definition}')) AS definition (text)`;
}
