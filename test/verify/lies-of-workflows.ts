import type { FindingCode } from '../../src/audit/finding';
import { ONE, THREE, TO_THREE, TO_TWO, TWO } from './graphs';
import type { Lie } from './lies';
import { EVENT, NO_EVENT, ROW, TICKET } from './lies';

const MOVED = ['taken in', 'on the bench', { by: TO_TWO }, 'ready'] as const;
const KEPT = ['taken in', 'on the bench', 'ready', { by: TO_TWO }, 'fetched'] as const;

/** Lies about tickets of a workflow that is not built in, and about migrations. */
export const WORKFLOW_LIES: readonly Lie[] = [
  {
    what: 'a reason that is asked for is gone',
    life: ['taken in', 'on the bench', 'waiting for parts'],
    sql: [ROW(2, 'transition_reason = NULL')],
    codes: ['requirement_missing'],
  },
  {
    what: 'a reason that is asked for is blank',
    life: ['taken in', 'on the bench', 'waiting for parts'],
    sql: [ROW(2, String.raw`transition_reason = E' \u00a0\u3000\n\ufeff'`)],
    codes: ['requirement_missing'],
  },
  {
    what: 'artifacts that are asked for are gone',
    life: ['taken in', 'on the bench', 'ready'],
    sql: [ROW(2, 'artifacts = NULL')],
    codes: ['requirement_missing'],
  },
  {
    what: 'artifacts that are asked for hold nothing',
    life: ['taken in', 'on the bench', 'ready'],
    sql: [ROW(2, `artifacts = '{}'`)],
    codes: ['requirement_missing'],
  },
  {
    what: 'a pause of this workflow was a shortcut',
    life: ['promised', 'waiting for parts', 'ready'],
    sql: [],
    codes: ['resume_rule_broken'],
  },
  {
    what: 'it is of another workflow',
    life: KEPT,
    sql: [TICKET('graph_id = 1')],
    codes: ['graph_mismatch'],
  },
  {
    what: 'a migration is called a transition',
    life: MOVED,
    sql: [ROW(2, `kind = 'transition'`)],
    codes: ['event_mismatch', 'kind_mismatch'],
  },
  {
    what: 'a migration leads where its plan does not',
    life: ['taken in', 'on the bench', { by: TO_TWO }],
    sql: [ROW(2, `to_phase = 'diagnosis'`), TICKET(`phase_id = 'diagnosis'`)],
    codes: ['edge_unknown'],
  },
  { what: 'it is under a plan', life: MOVED, sql: [TICKET(`graph_id = ${TO_TWO}`)], codes: ['kind_mismatch'] },
  {
    what: 'it is under the old version again',
    life: MOVED,
    sql: [TICKET(`graph_id = ${ONE}`)],
    codes: ['graph_mismatch'],
  },
  {
    what: 'it went on to another version without a trace',
    life: ['taken in', 'on the bench', 'ready', { by: TO_TWO }],
    sql: [TICKET(`graph_id = ${THREE}`)],
    codes: ['migration_untold'],
  },
  { what: 'the event of a migration is gone', life: KEPT, sql: [NO_EVENT(4)], codes: ['event_missing'] },
  {
    what: 'the event of a migration is told as an edit',
    life: KEPT,
    sql: [EVENT(4, `type = 'edited', changes = '{"title": "x"}'`)],
    codes: ['migration_untold'],
  },
  {
    what: 'the event of a migration names another version',
    life: MOVED,
    sql: [EVENT(3, `changes = '{"workflow_version": 3}'`)],
    codes: ['event_mismatch'],
  },
  {
    what: 'the event of a migration names nothing that is a version',
    life: MOVED,
    sql: [EVENT(3, `changes = '{"workflow_version": "two"}'`)],
    codes: ['event_mismatch'],
  },
  {
    what: 'it went over while it was archived',
    life: ['taken in', 'archived', { by: TO_TWO }],
    sql: [],
    codes: ['changed_while_archived'],
  },
  {
    what: 'it is to resume where only the old version had a phase',
    life: ['taken in', 'on the bench', 'waiting for parts', { by: TO_TWO }],
    sql: [TICKET(`resume_phase_id = 'on the bench'`)],
    codes: ['resume_phase_mismatch'],
  },
];

/** A lie about the graphs themselves, and what the audit has to say of it. */
export interface GraphLie {
  readonly what: string;
  readonly sql: readonly string[];
  readonly codes: readonly FindingCode[];
}

const GRAPH = (id: number, change: string): string => `UPDATE graphs SET ${change} WHERE id = ${id}`;

const RUN = (planId: number, fromGraphId: number, moved: number): string =>
  `INSERT INTO workflow_migrations (id, plan_id, from_graph_id, tickets, moved, actor, actor_kind)
     VALUES (gen_random_uuid(), ${planId}, ${fromGraphId}, 9, ${moved}, 'x', 'human')`;

export const GRAPH_LIES: readonly GraphLie[] = [
  {
    what: 'a definition was changed, and so were its edges',
    sql: [
      GRAPH(ONE, `definition = replace(definition::text, '"on the bench"', '"at work"')::json`),
      `UPDATE graph_edges SET from_phase = 'at work' WHERE graph_id = ${ONE} AND from_phase = 'on the bench'`,
      `UPDATE graph_edges SET to_phase = 'at work' WHERE graph_id = ${ONE} AND to_phase = 'on the bench'`,
    ],
    codes: ['definition_mismatch', 'plan_broken'],
  },
  { what: 'a digest was changed', sql: [GRAPH(TWO, `digest = sha256('x')`)], codes: ['definition_mismatch'] },
  { what: 'a digest is gone', sql: [GRAPH(TWO, 'digest = NULL')], codes: ['definition_mismatch'] },
  {
    what: 'a definition was written anew, in other words',
    sql: [GRAPH(TWO, 'definition = definition::jsonb::json')],
    codes: ['definition_mismatch'],
  },
  {
    what: 'a definition is none',
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
    what: 'an edge is gone',
    sql: [`DELETE FROM graph_edges WHERE graph_id = ${TWO} AND to_phase = 'fetched'`],
    codes: ['graph_differs'],
  },
  {
    what: 'a plan leads to a phase that there is not',
    sql: [`UPDATE graph_edges SET to_phase = 'limbo' WHERE graph_id = ${TO_THREE} AND to_phase = 'on the bench'`],
    codes: ['plan_broken'],
  },
  {
    what: 'a migration counts moves that nobody made',
    sql: [RUN(TO_TWO, ONE, 3)],
    codes: ['migration_count_mismatch'],
  },
  { what: 'a migration leads elsewhere than its plan', sql: [RUN(TO_TWO, TWO, 0)], codes: ['plan_broken'] },
  { what: 'a version is gone', sql: [`DELETE FROM graphs WHERE id = ${ONE}`], codes: ['plan_broken', 'version_gap'] },
  {
    what: 'a workflow is gone',
    sql: [`DELETE FROM workflows WHERE key = 'repairs'`],
    codes: ['workflow_missing'],
  },
];
