import type { Reading } from './commands';
import { edgesFrom, isHeldBack, targetsOf } from './rules';
import { isText } from './refusals';
import { positionOf, type ModelTicket } from './ticket';

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
  const position = positionOf(ticket);
  const { id, phase_id, version, archived_at } = ticket.view;
  const isArchived = archived_at !== null;
  const transitions = edgesFrom(position.phase).map((to_phase) => {
    const code = isArchived ? 'ticket_archived' : isHeldBack(position, to_phase) ? 'resume_rule' : undefined;
    return { to_phase, allowed: code === undefined, blockers: code === undefined ? [] : [{ code, message: isText }] };
  });
  const valid_transitions = isArchived ? [] : targetsOf(position);
  return { ticket_id: id, current_phase: phase_id, version, valid_transitions, transitions };
}
