import type { FindingCode } from '../../src/audit/finding';
import { ONE, THREE, TO_THREE, TO_TWO, TWO } from './graphs';
import type { Corruption } from './corruptions';
import { EVENT, NO_EVENT, ROW, TICKET } from './corruptions';

/** The id of a graph without a definition. */
const RULELESS = 20;

const MOVED = ['taken in', 'on the bench', { by: TO_TWO }, 'ready'] as const;
const KEPT = ['taken in', 'on the bench', 'ready', { by: TO_TWO }, 'fetched'] as const;

/** Corruptions of tickets of a defined workflow and of migrations. */
export const WORKFLOW_CORRUPTIONS: readonly Corruption[] = [
  {
    what: 'a required reason is missing',
    steps: ['taken in', 'on the bench', 'waiting for parts'],
    sql: [ROW(2, 'transition_reason = NULL')],
    codes: ['requirement_missing'],
  },
  {
    what: 'a required reason is blank',
    steps: ['taken in', 'on the bench', 'waiting for parts'],
    sql: [ROW(2, String.raw`transition_reason = E' \u00a0\u3000\n\ufeff'`)],
    codes: ['requirement_missing'],
  },
  {
    what: 'required artifacts are missing',
    steps: ['taken in', 'on the bench', 'ready'],
    sql: [ROW(2, 'artifacts = NULL')],
    codes: ['requirement_missing'],
  },
  {
    what: 'required artifacts are empty',
    steps: ['taken in', 'on the bench', 'ready'],
    sql: [ROW(2, `artifacts = '{}'`)],
    codes: ['requirement_missing'],
  },
  {
    what: 'the ticket resumed in a phase that it had not reached under this workflow',
    steps: ['promised', 'waiting for parts', 'ready'],
    sql: [],
    codes: ['resume_rule_broken'],
  },
  {
    what: 'the graph of the ticket is one of another workflow',
    steps: KEPT,
    sql: [TICKET('graph_id = 1')],
    codes: ['graph_mismatch'],
  },
  {
    what: 'the kind of a migration is transition',
    steps: MOVED,
    sql: [ROW(2, `kind = 'transition'`)],
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'a migration leads to a phase that its plan does not map to',
    steps: ['taken in', 'on the bench', { by: TO_TWO }],
    sql: [ROW(2, `to_phase = 'diagnosis'`), TICKET(`phase_id = 'diagnosis'`)],
    codes: ['edge_unknown'],
  },
  { what: 'the ticket is under a plan', steps: MOVED, sql: [TICKET(`graph_id = ${TO_TWO}`)], codes: ['kind_mismatch'] },
  {
    what: 'the ticket is under the old version after a migration',
    steps: MOVED,
    sql: [TICKET(`graph_id = ${ONE}`)],
    codes: ['graph_mismatch'],
  },
  {
    what: 'the ticket was migrated without an event',
    steps: ['taken in', 'on the bench', 'ready', { by: TO_TWO }],
    sql: [TICKET(`graph_id = ${THREE}`)],
    codes: ['migration_untold'],
  },
  { what: 'the event of a migration is missing', steps: KEPT, sql: [NO_EVENT(4)], codes: ['event_missing'] },
  {
    what: 'the event of a migration is an edit',
    steps: KEPT,
    sql: [EVENT(4, `type = 'edited', changes = '{"title": "Sound"}'`)],
    codes: ['migration_untold'],
  },
  {
    what: 'the event of a migration names another version',
    steps: MOVED,
    sql: [EVENT(3, `changes = '{"workflow_version": 3}'`)],
    codes: ['event_mismatch'],
  },
  {
    what: 'the event of a migration names a version that is not a number',
    steps: MOVED,
    sql: [EVENT(3, `changes = '{"workflow_version": "two"}'`)],
    codes: ['event_mismatch'],
  },
  {
    what: 'the ticket was migrated while it was archived',
    steps: ['taken in', 'archived', { by: TO_TWO }],
    sql: [],
    codes: ['changed_while_archived'],
  },
  {
    what: 'the ticket is under a graph whose definition is missing',
    steps: ['taken in', 'on the bench'],
    sql: [
      'ALTER TABLE graphs DROP CONSTRAINT IF EXISTS graphs_definition_check',
      `INSERT INTO graphs (id, workflow, version) VALUES (${RULELESS}, 'by hand', 1) ON CONFLICT DO NOTHING`,
      `INSERT INTO graph_edges VALUES (${RULELESS}, 'taken in', 'on the bench') ON CONFLICT DO NOTHING`,
      TICKET(`graph_id = ${RULELESS}`),
      ROW(1, `graph_id = ${RULELESS}`),
    ],
    codes: ['rules_missing'],
  },
  {
    what: 'the resume phase is one of the old version',
    steps: ['taken in', 'on the bench', 'waiting for parts', { by: TO_TWO }],
    sql: [TICKET(`resume_phase_id = 'on the bench'`)],
    codes: ['resume_phase_mismatch'],
  },
];

/** SQL that corrupts graphs or migrations, and the codes that the audit reports. */
export interface GraphCorruption {
  readonly what: string;
  readonly sql: readonly string[];
  readonly codes: readonly FindingCode[];
}

const GRAPH = (id: number, change: string): string =>
  `ALTER TABLE graphs DROP CONSTRAINT IF EXISTS graphs_definition_check; UPDATE graphs SET ${change} WHERE id = ${id}`;

const NO_RUN = (planId: number): string => `DELETE FROM workflow_migrations WHERE plan_id = ${planId}`;

const RUN = (planId: number, fromGraphId: number, moved: number): string =>
  `INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, moved, actor, actor_kind)
     VALUES (gen_random_uuid(), ${planId}, ${fromGraphId}, 9, ${moved}, 'x', 'human')`;

export const GRAPH_CORRUPTIONS: readonly GraphCorruption[] = [
  {
    what: 'a definition and its edges were changed',
    sql: [
      GRAPH(ONE, `definition = replace(definition::text, '"on the bench"', '"at work"')::json`),
      `UPDATE graph_edges SET from_phase = 'at work' WHERE graph_id = ${ONE} AND from_phase = 'on the bench'`,
      `UPDATE graph_edges SET to_phase = 'at work' WHERE graph_id = ${ONE} AND to_phase = 'on the bench'`,
    ],
    codes: ['definition_mismatch', 'plan_broken'],
  },
  { what: 'a digest was changed', sql: [GRAPH(TWO, `digest = sha256('x')`)], codes: ['definition_mismatch'] },
  { what: 'a digest is missing', sql: [GRAPH(TWO, 'digest = NULL')], codes: ['definition_mismatch'] },
  {
    what: 'a definition was reformatted',
    sql: [GRAPH(TWO, 'definition = definition::jsonb::json')],
    codes: ['definition_mismatch'],
  },
  {
    what: 'a definition is not an object',
    sql: [GRAPH(TWO, `definition = '[1]', digest = sha256('[1]')`)],
    codes: ['definition_mismatch'],
  },
  {
    what: 'the built-in workflow was changed',
    sql: [
      GRAPH(1, `definition = replace(definition::text, 'reached', 'any')::json`),
      GRAPH(1, `digest = sha256(convert_to(definition::text, 'UTF8'))`),
    ],
    codes: ['definition_mismatch'],
  },
  {
    what: 'an edge is missing',
    sql: [`DELETE FROM graph_edges WHERE graph_id = ${TWO} AND to_phase = 'fetched'`],
    codes: ['graph_differs'],
  },
  {
    what: 'a plan maps a phase to an unknown one',
    sql: [`UPDATE graph_edges SET to_phase = 'limbo' WHERE graph_id = ${TO_THREE} AND to_phase = 'on the bench'`],
    codes: ['plan_broken'],
  },
  { what: 'a plan has no run', sql: [NO_RUN(TO_TWO)], codes: ['run_missing'] },
  {
    what: 'a migration counts tickets that it did not move',
    sql: [RUN(TO_TWO, ONE, 3)],
    codes: ['migration_count_mismatch'],
  },
  { what: 'a migration and its plan lead from different versions', sql: [RUN(TO_TWO, TWO, 0)], codes: ['plan_broken'] },
  {
    what: 'a workflow version is missing',
    sql: [`DELETE FROM graphs WHERE id = ${ONE}`],
    codes: ['plan_broken', 'version_gap'],
  },
  {
    what: 'a workflow is missing',
    sql: [`DELETE FROM workflows WHERE key = 'repairs'`],
    codes: ['workflow_missing'],
  },
];
