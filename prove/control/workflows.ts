import type { Pool } from 'pg';

/** A definition, and which version of its workflow it is. */
export interface WorkflowRow {
  readonly key: string;
  readonly version: number;
  readonly title: string;
  readonly initial: readonly string[];
  readonly phases: readonly PhaseRow[];
  readonly transitions: readonly TransitionRow[];
  readonly resume?: string;
  readonly created_at: Date;
}

interface PhaseRow {
  readonly id: string;
  readonly title?: string;
  readonly category: string;
}

interface TransitionRow {
  readonly from: string;
  readonly to: string;
  readonly kind?: string;
  readonly requires?: readonly string[];
}

const WORKFLOW = `workflow AS key, version, created_at, definition->'title' AS title, definition->'initial' AS initial,
  definition->'phases' AS phases, definition->'transitions' AS transitions, definition->'resume' AS resume`;

/** Definitions, as one stores them who thinks that nobody sends nonsense, or the same twice, or two at once. */
export class NaiveWorkflows {
  constructor(private readonly pool: Pool) {}

  async create(definition: WorkflowRow): Promise<WorkflowRow> {
    const { key, transitions } = definition;
    await this.pool.query('INSERT INTO workflows (key) VALUES ($1) ON CONFLICT DO NOTHING', [key]);
    const { rows } = await this.pool.query<{ id: number }>(
      `INSERT INTO graphs (workflow, version, definition, digest)
         SELECT $1::varchar, coalesce(max(version), 0) + 1, $2::text::json, sha256(convert_to($2::text, 'UTF8'))
           FROM graphs WHERE workflow = $1 RETURNING id`,
      [key, JSON.stringify(complete(definition))],
    );
    await this.pool.query(
      `INSERT INTO graph_edges (graph_id, from_phase, to_phase) SELECT $1, * FROM unnest($2::varchar[], $3::varchar[])`,
      [rows[0]!.id, transitions.map(({ from }) => from), transitions.map(({ to }) => to)],
    );
    return (await this.newest(key))!;
  }

  /** What a workflow says now; that its tickets began under what it said before is forgotten. */
  async newest(key: string): Promise<WorkflowRow | undefined> {
    const { rows } = await this.pool.query<WorkflowRow>(
      `SELECT ${WORKFLOW} FROM graphs WHERE workflow = $1 ORDER BY version DESC LIMIT 1`,
      [key],
    );
    return rows[0];
  }

  async find(key: string, version: number): Promise<WorkflowRow | undefined> {
    const { rows } = await this.pool.query<WorkflowRow>(
      `SELECT ${WORKFLOW} FROM graphs WHERE workflow = $1 AND version = $2`,
      [key, version],
    );
    return rows[0];
  }
}

function complete({ key, title, initial, phases, transitions, resume = 'any' }: WorkflowRow): object {
  return {
    key,
    title,
    initial,
    phases: phases.map((phase) => ({ id: phase.id, title: phase.title ?? phase.id, category: phase.category })),
    transitions: transitions.map(({ from, to, kind = kindOf(phases, from, to), requires = [] }) => {
      return { from, to, kind, requires };
    }),
    resume,
  };
}

function kindOf(phases: readonly PhaseRow[], from: string, to: string): string {
  const [source, target] = [from, to].map((id) => phases.findIndex((phase) => phase.id === id));
  if (phases[target!]?.category === 'waiting') return 'block';
  if (phases[source!]?.category === 'waiting') return 'resume';
  return target! < source! ? 'regression' : 'forward';
}
