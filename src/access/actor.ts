import { DomainError } from '../problems/domain-error';
import { hasRole, type ActorKind, type Caller } from './caller';

/** Who a change is recorded under. */
export interface Actor {
  readonly name: string;
  readonly actorKind: ActorKind;
}

/**
 * Whom a change is recorded under: the caller, or whom it names, where it may.
 *
 * @param claimed the name that the request gives, if any
 * @throws DomainError `forbidden` when a key that is no admin's claims another's name
 */
export function actorOf(caller: Caller, claimed?: string): Actor {
  const { name, actorKind, keyId } = caller;
  if (claimed === undefined || claimed === name) return { name, actorKind };
  if (keyId === null || hasRole(caller, 'admin')) return { name: claimed, actorKind };
  throw new DomainError('forbidden', `This key acts as ${JSON.stringify(name)}; only an admin may name somebody else.`);
}
