import type { MoveRow, NaiveStore, TicketOrder, TicketRow } from './store';
import type { NaiveWorkflows, WorkflowRow } from './workflows';

/** A "no". */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly facts: object = {},
  ) {
    super(code);
  }
}

export interface MoveOrder {
  readonly to_phase: string;
  readonly reason?: unknown;
  readonly transitioned_by?: unknown;
  readonly artifacts?: unknown;
}

/** Read, check, write: every step a statement of its own, and whatever happens in between is not noticed. */
export class NaiveLifecycle {
  constructor(
    private readonly store: NaiveStore,
    private readonly workflows: NaiveWorkflows,
  ) {}

  async create(order: TicketOrder): Promise<TicketRow> {
    const workflow = await this.workflowOf(order.workflow ?? 'sdlc');
    const { title, description, priority, phase_id = workflow.initial[0]! } = order;
    return this.store.create({ title, description, priority, workflow: workflow.key, phase_id });
  }

  async get(id: string): Promise<TicketRow> {
    const ticket = await this.store.find(id);
    if (ticket === undefined) throw new Refusal(404, 'ticket_not_found');
    return ticket;
  }

  async move(id: string, order: MoveOrder): Promise<{ ticket: TicketRow; transition: MoveRow }> {
    const ticket = await this.getOpen(id);
    const targets = await this.targetsOf(ticket);
    if (!targets.includes(order.to_phase)) {
      const facts = { from_phase: ticket.phase_id, to_phase: order.to_phase, valid_transitions: targets, blockers: [] };
      throw new Refusal(400, 'illegal_transition', facts);
    }
    const now = new Date();
    const moved = await this.store.save({
      ...ticket,
      phase_id: order.to_phase,
      previous_phase_id: ticket.phase_id,
      phase_entered_at: now,
      updated_at: now,
      transition_count: ticket.transition_count + 1,
      version: ticket.version + 1,
    });
    const transition = await this.store.addHistory(moved, order.reason, order.transitioned_by, order.artifacts);
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

  /** By what the workflow says now. Nothing here knows of the rule for resuming, or of what a move requires. */
  async targetsOf({ workflow, phase_id }: TicketRow): Promise<string[]> {
    const { transitions } = await this.workflowOf(workflow);
    return transitions.filter(({ from }) => from === phase_id).map(({ to }) => to);
  }

  async workflowOf(key: string): Promise<WorkflowRow> {
    const workflow = await this.workflows.newest(key);
    if (workflow === undefined) throw new Refusal(404, 'workflow_not_found');
    return workflow;
  }

  private async save(ticket: TicketRow, event: string): Promise<TicketRow> {
    const saved = await this.store.save({ ...ticket, version: ticket.version + 1, updated_at: new Date() });
    await this.store.addEvent(saved, event);
    return saved;
  }

  private async getOpen(id: string): Promise<TicketRow> {
    const ticket = await this.get(id);
    if (ticket.archived_at !== null) throw new Refusal(409, 'ticket_archived', { archived_at: ticket.archived_at });
    return ticket;
  }
}
