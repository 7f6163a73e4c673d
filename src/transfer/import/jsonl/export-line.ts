import { ACTOR_KINDS } from '../../../access/caller';
import { HISTORY_KINDS } from '../../../phases/phase-history.entity';
import { EVENT_TYPES } from '../../../tickets/ticket-event.entity';
import { PRIORITIES } from '../../../tickets/ticket.entity';
import { quoted } from '../row-error';
import { isStorableText, MAX_INTEGER, UUID } from '../../../database/storable';

/** The requirement for a member of a line. */
interface Check<T> {
  /** A noun phrase for "… must be". */
  readonly expected: string;
  test(value: unknown): value is T;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const uuid: Check<string> = {
  expected: 'a UUID in lower case',
  test: (value): value is string => typeof value === 'string' && UUID.test(value),
};

/** Exactly as an export writes it. */
const time: Check<string> = {
  expected: 'a time such as 2026-01-31T12:00:00.000Z',
  test: (value): value is string => {
    if (typeof value !== 'string' || !TIME.test(value)) return false;
    const at = new Date(value);
    return !Number.isNaN(at.getTime()) && at.toISOString() === value;
  },
};

/** Any JSON. The database validates it. */
const anyJson: Check<unknown> = { expected: 'present', test: (value): value is unknown => value !== undefined };

/** @param max the limit in Unicode code points, as PostgreSQL counts them */
function text(max = Infinity): Check<string> {
  const limit = max === Infinity ? '' : ` of at most ${max} characters`;
  return {
    expected: `a string${limit} without U+0000 and halves of surrogate pairs`,
    test: (value): value is string =>
      typeof value === 'string' && (value.length <= max || Array.from(value).length <= max) && isStorableText(value),
  };
}

function integer(min: number): Check<number> {
  return {
    expected: `a whole number from ${min} to ${MAX_INTEGER}`,
    test: (value): value is number => Number.isInteger(value) && Number(value) >= min && Number(value) <= MAX_INTEGER,
  };
}

function oneOf<T extends string>(values: readonly T[]): Check<T> {
  return {
    expected: `one of ${values.join(', ')}`,
    test: (value): value is T => values.includes(value as T),
  };
}

function nullable<T>({ expected, test }: Check<T>): Check<T | null> {
  return { expected: `${expected}, or null`, test: (value): value is T | null => value === null || test(value) };
}

function listOf<T>({ expected, test }: Check<T>): Check<readonly T[]> {
  return {
    expected: `an array in which each item is ${expected}`,
    test: (value): value is readonly T[] => Array.isArray(value) && value.every((item) => test(item)),
  };
}

const GRAPH_NAME = { workflow: text(100), workflow_version: integer(1) };

/** The members of each line of an export except `type`, as described in docs/export-format.md. */
const SHAPES = {
  project: { id: uuid, key: text(50), title: text(200), created_at: nullable(time), archived_at: nullable(time) },
  workflow: { key: text(50), project: nullable(text(50)), created_at: nullable(time) },
  graph: {
    workflow: text(100),
    version: integer(1),
    kind: oneOf(['workflow', 'migration']),
    created_at: nullable(time),
    from_workflow: nullable(text(100)),
    from_version: nullable(integer(1)),
    to_workflow: nullable(text(100)),
    to_version: nullable(integer(1)),
    digest: nullable(text(64)),
    definition: anyJson,
    edges: listOf(listOf(text(50))),
  },
  ticket: {
    id: uuid,
    project: text(50),
    ...GRAPH_NAME,
    title: text(500),
    description: nullable(text()),
    priority: oneOf(PRIORITIES),
    initial_phase_id: text(50),
    phase_id: text(50),
    previous_phase_id: nullable(text(50)),
    resume_phase_id: nullable(text(50)),
    phase_entered_at: time,
    transition_count: integer(0),
    version: integer(1),
    external_source: nullable(text(255)),
    external_id: nullable(text(255)),
    created_at: time,
    updated_at: time,
    archived_at: nullable(time),
  },
  move: {
    ticket_id: uuid,
    sequence: integer(1),
    id: uuid,
    from_phase: text(50),
    to_phase: text(50),
    transition_reason: nullable(text()),
    transitioned_by: text(255),
    actor_kind: oneOf(ACTOR_KINDS),
    artifacts: anyJson,
    kind: oneOf(HISTORY_KINDS),
    ...GRAPH_NAME,
    version: integer(1),
    created_at: time,
  },
  event: {
    ticket_id: uuid,
    version: integer(1),
    event_type: oneOf(EVENT_TYPES),
    actor: text(255),
    actor_kind: oneOf(ACTOR_KINDS),
    at: time,
    sequence: nullable(integer(1)),
    changes: anyJson,
  },
  end: {
    projects: integer(0),
    workflows: integer(0),
    graphs: integer(0),
    tickets: integer(0),
    moves: integer(0),
    events: integer(0),
  },
} satisfies Record<string, Record<string, Check<unknown>>>;

type Shapes = typeof SHAPES;
export type LineType = keyof Shapes;

/** A line of an export. Numbers within its JSON values may have lost precision as doubles. */
export type LineOf<T extends LineType> = {
  readonly [Member in keyof Shapes[T]]: Shapes[T][Member] extends Check<infer Value> ? Value : never;
} & { readonly type: T };

export type ExportLine = { [T in LineType]: LineOf<T> }[LineType];

/** Parses a line. @returns the line, or a sentence about the problem */
export function readExportLine(json: string): ExportLine | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return `the line is not valid JSON: ${(error as Error).message}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the line is not a JSON object';
  const { type, ...members } = value as Record<string, unknown>;
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type)) {
    return `type must be one of ${Object.keys(SHAPES).join(', ')}; got ${describe(type)}`;
  }
  return findProblem(SHAPES[type as LineType], members) ?? (value as ExportLine);
}

function findProblem(
  shape: Readonly<Record<string, Check<unknown>>>,
  members: Record<string, unknown>,
): string | undefined {
  for (const [name, { expected, test }] of Object.entries(shape)) {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (!test(value)) return `${name} must be ${expected}; got ${describe(value)}`;
  }
  const unknown = Object.keys(members).find((name) => !Object.hasOwn(shape, name));
  return unknown === undefined ? undefined : `unknown member ${quoted(unknown)}`;
}

/** Abbreviates a value for a message. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value);
  return json.length <= SHOWN ? json : `${json.slice(0, SHOWN)}…`;
}

const SHOWN = 80;
