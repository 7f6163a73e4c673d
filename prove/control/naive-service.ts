import type { Pool } from 'pg';
import type { HistoryRow, NaiveStore, TicketRequest, TicketRow } from './store';

/** A problem response. */
export class NaiveError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly facts: object = {},
  ) {
    super(code);
  }
}

export interface TransitionRequest {
  readonly to_phase: string;
  readonly reason?: unknown;
  readonly transitioned_by?: unknown;
  readonly artifacts?: unknown;
}

/** Reads, checks and writes in separate statements, without a lock. */
export class NaiveService {
  constructor(
    private readonly store: NaiveStore,
    private readonly workflows: NaiveWorkflows,
  ) {}

  async create(request: TicketRequest): Promise<TicketRow> {
    const workflow = await this.workflowOf(request.workflow ?? 'sdlc');
    const { title, description, priority, phase_id = workflow.initial[0]! } = request;
    return this.store.create({ title, description, priority, workflow: workflow.key, phase_id });
  }

  async get(id: string): Promise<TicketRow> {
    const ticket = await this.store.find(id);
    if (ticket === undefined) throw new NaiveError(404, 'ticket_not_found');
    return ticket;
  }

  async move(id: string, request: TransitionRequest): Promise<{ ticket: TicketRow; transition: HistoryRow }> {
    const ticket = await this.getOpen(id);
    const targets = await this.targetsOf(ticket);
    if (!targets.includes(request.to_phase)) {
      const facts = {
        from_phase: ticket.phase_id,
        to_phase: request.to_phase,
        valid_transitions: targets,
        blockers: [],
      };
      throw new NaiveError(400, 'illegal_transition', facts);
    }
    const now = new Date();
    const moved = await this.store.save({
      ...ticket,
      phase_id: request.to_phase,
      previous_phase_id: ticket.phase_id,
      phase_entered_at: now,
      updated_at: now,
      transition_count: ticket.transition_count + 1,
      version: ticket.version + 1,
    });
    const transition = await this.store.addHistory(moved, request.reason, request.transitioned_by, request.artifacts);
    await this.store.addEvent(moved, 'moved', transition);
    return { ticket: moved, transition };
  }

  async edit(id: string, edits: Partial<TicketRow>): Promise<TicketRow> {
    const ticket = await this.getOpen(id);
    return this.save({ ...ticket, ...edits }, 'edited');
  }

  async archive(id: string, at: Date | null): Promise<TicketRow> {
    const ticket = await this.get(id);
    if ((ticket.archived_at === null) === (at === null)) return ticket;
    return this.save({ ...ticket, archived_at: at }, at === null ? 'restored' : 'archived');
  }

  /** Uses the newest version of the workflow, and neither the resume rule nor the requirements of transitions. */
  async targetsOf({ workflow, phase_id }: TicketRow): Promise<string[]> {
    const { transitions } = await this.workflowOf(workflow);
    return transitions.filter(({ from }) => from === phase_id).map(({ to }) => to);
  }

  async workflowOf(key: string): Promise<WorkflowRow> {
    const workflow = await this.workflows.newest(key);
    if (workflow === undefined) throw new NaiveError(404, 'workflow_not_found');
    return workflow;
  }

  private async save(ticket: TicketRow, event: string): Promise<TicketRow> {
    const saved = await this.store.save({ ...ticket, version: ticket.version + 1, updated_at: new Date() });
    await this.store.addEvent(saved, event);
    return saved;
  }

  private async getOpen(id: string): Promise<TicketRow> {
    const ticket = await this.get(id);
    if (ticket.archived_at !== null) throw new NaiveError(409, 'ticket_archived', { archived_at: ticket.archived_at });
    return ticket;
  }
}

/** A workflow version. */
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

/** Stores definitions without validation, duplicate detection or a lock. */
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
      [rows[0]?.id, transitions.map(({ from }) => from), transitions.map(({ to }) => to)],
    );
    return (await this.newest(key)) as WorkflowRow;
  }

  /** Returns the newest version, whatever version the tickets are pinned to. */
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
  const indexOf = (sought: string): number => phases.findIndex(({ id }) => id === sought);
  const [source, target] = [indexOf(from), indexOf(to)];
  if (phases[target]?.category === 'waiting') return 'block';
  if (phases[source]?.category === 'waiting') return 'resume';
  return target < source ? 'regression' : 'forward';
}
