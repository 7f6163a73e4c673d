import { Learned } from './agreement';
import type { TransitionInput, Position } from './rules';
import type { Workflow } from './workflow';

/** A ticket in the API. */
export interface View {
  readonly id: Learned;
  readonly project: string;
  readonly workflow: string;
  readonly workflow_version: number;
  readonly title: string;
  readonly description: string | null;
  readonly priority: string;
  readonly phase_id: string;
  readonly previous_phase_id: string | null;
  readonly phase_entered_at: Learned;
  readonly transition_count: number;
  readonly version: number;
  readonly created_at: Learned;
  readonly updated_at: Learned;
  readonly archived_at: Learned | null;
}

/** A history entry in the API. */
export interface MoveView {
  readonly id: Learned;
  readonly ticket_id: Learned;
  readonly sequence: number;
  readonly from_phase: string;
  readonly to_phase: string;
  readonly transition_reason: string | null;
  readonly transitioned_by: string;
  readonly actor_kind: 'system';
  readonly artifacts: object | null;
  readonly kind: 'transition' | 'migration';
  readonly version: number;
  readonly created_at: Learned;
}

/** An event in the API. */
export interface EventView {
  readonly type: `ticket.${'created' | 'edited' | 'moved' | 'migrated' | 'archived' | 'restored'}`;
  readonly at: Learned;
  readonly project: string;
  readonly ticket_id: Learned;
  readonly version: number;
  readonly actor: string;
  readonly actor_kind: 'system';
  readonly sequence?: number;
  readonly from_phase?: string;
  readonly to_phase?: string;
  readonly kind?: MoveView['kind'];
  readonly transition_reason?: string | null;
  readonly transitioned_by?: string;
  readonly changes?: object;
}

/** Characters of a text in an event; longer texts are cut. */
const EVENT_TEXT_LIMIT = 1_000;

function shorten<T>(text: T): T | string {
  if (typeof text !== 'string' || text.length <= EVENT_TEXT_LIMIT) return text;
  return `${text.slice(0, EVENT_TEXT_LIMIT)}…`;
}

/** An immutable ticket in the model. */
export interface ModelTicket {
  readonly view: View;
  /** The pinned workflow version. */
  readonly workflow: Workflow;
  readonly beginning: string;
  readonly resume: string | null;
  readonly history: readonly MoveView[];
  /** The graph of each history entry: a workflow's key and version, or a plan's name and number. */
  readonly under: readonly (readonly [string, number])[];
  readonly events: readonly EventView[];
}

export function positionOf({ view, resume }: ModelTicket): Position {
  return { phase: view.phase_id, resume };
}

export function created(workflow: Workflow, phase: string, priority: string): ModelTicket {
  const [id, at] = [Learned.id(), Learned.time()];
  const view: View = {
    id,
    project: 'default',
    workflow: workflow.key,
    workflow_version: workflow.version,
    title: 'Modelled',
    description: null,
    priority,
    phase_id: phase,
    previous_phase_id: null,
    phase_entered_at: at,
    transition_count: 0,
    version: 1,
    created_at: at,
    updated_at: at,
    archived_at: null,
  };
  return {
    view,
    workflow,
    beginning: phase,
    resume: null,
    history: [],
    under: [],
    events: [eventOf(view, 'ticket.created')],
  };
}

export function moved(ticket: ModelTicket, to: Position, input: TransitionInput, by: string): ModelTicket {
  const { key, version } = ticket.workflow;
  return entered(ticket, to, {
    ...input,
    kind: 'transition',
    under: [key, version],
    event: { type: 'ticket.moved', actor: by },
  });
}

/** Pins a ticket to another version, where its phase may stay. @param plan its name and number */
export function migrated(
  ticket: ModelTicket,
  workflow: Workflow,
  to: Position,
  plan: readonly [string, number],
): ModelTicket {
  const repinned = { workflow_version: workflow.version };
  if (to.phase === ticket.view.phase_id) {
    return { ...changed(ticket, repinned, 'ticket.migrated', { changes: repinned }), workflow, resume: to.resume };
  }
  const event = { type: 'ticket.migrated', actor: 'system', changes: repinned } as const;
  const gone = entered(ticket, to, { reason: null, artifacts: null, kind: 'migration', under: plan, event });
  return { ...gone, workflow, view: { ...gone.view, ...repinned } };
}

/** The cause of a phase change. */
interface PhaseChange extends TransitionInput {
  readonly kind: MoveView['kind'];
  readonly under: readonly [string, number];
  readonly event: Pick<EventView, 'type' | 'actor' | 'changes'>;
}

function entered(ticket: ModelTicket, { phase, resume }: Position, change: PhaseChange): ModelTicket {
  const { reason, artifacts, kind, under, event } = change;
  const at = Learned.time(ticket.view.updated_at);
  const view: View = {
    ...ticket.view,
    phase_id: phase,
    previous_phase_id: ticket.view.phase_id,
    phase_entered_at: at,
    transition_count: ticket.view.transition_count + 1,
    version: ticket.view.version + 1,
    updated_at: at,
  };
  const move: MoveView = {
    id: Learned.id(),
    ticket_id: view.id,
    sequence: view.transition_count,
    from_phase: ticket.view.phase_id,
    to_phase: phase,
    transition_reason: reason,
    transitioned_by: event.actor,
    actor_kind: 'system',
    artifacts,
    kind,
    version: view.version,
    created_at: at,
  };
  const { sequence, from_phase, to_phase, transitioned_by } = move;
  const facts = { sequence, from_phase, to_phase, kind, transition_reason: shorten(reason), transitioned_by };
  const events = [...ticket.events, { ...eventOf(view, event.type), ...event, ...facts }];
  return { ...ticket, view, resume, history: [...ticket.history, move], under: [...ticket.under, under], events };
}

/** Equal values change nothing and create no version. */
export function edited(ticket: ModelTicket, edits: Readonly<Record<string, unknown>>): ModelTicket {
  const before = ticket.view as unknown as Readonly<Record<string, unknown>>;
  const changes = Object.fromEntries(Object.entries(edits).filter(([name, value]) => before[name] !== value));
  if (Object.keys(changes).length === 0) return ticket;
  const listed = Object.fromEntries(
    Object.entries(changes).map(([name, value]) => [name, name === 'description' ? shorten(value) : value]),
  );
  return changed(ticket, changes, 'ticket.edited', { changes: listed });
}

export function archived(ticket: ModelTicket): ModelTicket {
  if (ticket.view.archived_at !== null) return ticket;
  return changed(ticket, { archived_at: Learned.time(ticket.view.updated_at) }, 'ticket.archived');
}

export function restored(ticket: ModelTicket): ModelTicket {
  return ticket.view.archived_at === null ? ticket : changed(ticket, { archived_at: null }, 'ticket.restored');
}

function changed(ticket: ModelTicket, changes: Partial<View>, type: EventView['type'], more = {}): ModelTicket {
  const { version, updated_at } = ticket.view;
  const view = { ...ticket.view, ...changes, version: version + 1, updated_at: Learned.time(updated_at) };
  return { ...ticket, view, events: [...ticket.events, { ...eventOf(view, type), ...more }] };
}

function eventOf({ id, project, version, updated_at }: View, type: EventView['type']): EventView {
  return { type, at: updated_at, project, ticket_id: id, version, actor: 'system', actor_kind: 'system' };
}
