import type { Reading } from './commands';
import { isText } from './refusals';
import { edgesFrom, isHeldBack, targetsOf, type Position } from './rules';
import { positionOf, type ModelTicket } from './ticket';
import type { Transition, Workflow } from './workflow';

export const PATHS: Readonly<Record<Reading, string>> = {
  ticket: '',
  'known ticket': '',
  history: '/phase-history',
  options: '/valid-transitions',
  events: '/events',
};

/** What is read of a ticket, by where it is read. */
export function readings(ticket: ModelTicket): Readonly<Record<Reading, unknown>> {
  const { view, history, events } = ticket;
  return { ticket: view, 'known ticket': undefined, history, options: optionsOf(ticket), events };
}

function optionsOf(ticket: ModelTicket): object {
  const { workflow, view } = ticket;
  const position = positionOf(ticket);
  const { id, phase_id, version, archived_at } = view;
  const transitions = edgesFrom(workflow, position.phase).map((edge) => {
    const codes = archived_at === null ? obstaclesOf(workflow, position, edge) : ['ticket_archived'];
    const blockers = codes.map((code) => ({ code, message: isText }));
    return { to_phase: edge.to, allowed: codes.length === 0, blockers };
  });
  const valid_transitions = archived_at === null ? targetsOf(workflow, position) : [];
  return { ticket_id: id, current_phase: phase_id, version, valid_transitions, transitions };
}

/** What stands in the way of a request that brings nothing along. */
function obstaclesOf(workflow: Workflow, position: Position, edge: Transition): string[] {
  if (isHeldBack(workflow, position, edge.to)) return ['resume_rule'];
  return edge.requires.map((requirement) => `${requirement}_required`);
}
