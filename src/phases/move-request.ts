import { actorOf } from '../access/caller';
import type { Command } from '../tickets/command';
import type { MoveRequest } from './move';
import type { TransitionRequestDto } from './phase.dto';

/**
 * What a caller asks for, as the committer takes it. A key's changes are recorded under its own name, also where an admin
 * lets the history name somebody else.
 *
 * @throws DomainError `forbidden` when the caller may not name whom it names
 */
export function moveRequestOf(
  ticketId: string,
  body: TransitionRequestDto,
  { caller, precondition }: Pick<Command, 'caller' | 'precondition'>,
): MoveRequest {
  const { to_phase: toPhase, reason = null, transitioned_by, artifacts = null } = body;
  const { name: transitionedBy, actorKind } = actorOf(caller, transitioned_by);
  const { expected_version: expectedVersion, expected_phase: expectedPhase } = body;
  const expects = precondition !== null || expectedVersion !== undefined || expectedPhase !== undefined;
  return {
    ticketId,
    toPhase,
    reason,
    transitionedBy,
    actor: caller.keyId === null ? transitionedBy : caller.name,
    actorKind,
    artifacts,
    projectId: caller.projectId,
    precondition: expects ? { ifMatch: precondition?.ifMatch ?? null, expectedVersion, expectedPhase } : null,
  };
}
