import type { TicketCommand } from './commands';
import type { NamedExpectation } from './goals';
import { refusalOfArchived, refusalOfMove, staleness, type Refusal } from './refusals';
import { after } from './rules';
import { archived, edited, moved, positionOf, restored, type ModelTicket } from './ticket';

/** A command on a ticket, in the words of its workflow. */
export type NamedCommand =
  | (Named<Extract<TicketCommand, { do: 'move' }>> & { readonly to: string })
  | Named<Exclude<TicketCommand, { do: 'move' | 'edit' }>>
  | Named<Extract<TicketCommand, { do: 'edit' }>>;

type Named<Command> = Omit<Command, 'expects'> & { readonly expects: NamedExpectation | null };

/** Why a command is not carried out; undefined when it is. */
export function refusalOf(ticket: ModelTicket, command: NamedCommand): Refusal | undefined {
  const { expects } = command;
  if (command.do === 'move') return refusalOfMove(ticket, { artifacts: null, ...command }, expects);
  const stale = staleness(ticket, expects);
  return stale ?? (command.do === 'edit' ? refusalOfArchived(ticket) : undefined);
}

export function changedBy(ticket: ModelTicket, command: NamedCommand): ModelTicket {
  switch (command.do) {
    case 'move': {
      const { to, reason, artifacts = null, by = 'system' } = command;
      return moved(ticket, after(ticket.workflow, positionOf(ticket), to), { reason, artifacts }, by);
    }
    case 'edit':
      return edited(ticket, command.edits);
    case 'archive':
      return archived(ticket);
    case 'restore':
      return restored(ticket);
  }
}
