import { DomainError } from '../problems/domain-error';

/** What kind of actor somebody is. `system` is whoever asks while authentication is off. */
export const ACTOR_KINDS = ['human', 'agent', 'service', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** What a key may do, each role including the one before it. */
export const ROLES = ['viewer', 'worker', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request. */
export interface Caller {
  /** The name of the key; `system` without one. */
  readonly name: string;
  readonly actorKind: ActorKind;
  readonly role: Role;
  /** The only project that the caller sees; null: all of them. */
  readonly projectId: string | null;
  /** The id of the key; null without one. */
  readonly keyId: string | null;
}

/** Whoever asks while authentication is off. */
export const ANONYMOUS: Caller = { name: 'system', actorKind: 'system', role: 'admin', projectId: null, keyId: null };

/**
 * Refuses what is about all projects to whoever sees one only.
 *
 * @throws DomainError `forbidden`
 */
export function requireAllProjects({ projectId }: Caller): void {
  if (projectId !== null) throw new DomainError('forbidden', 'This key is bound to one project.');
}

/** Whether the caller's role includes another one. Nobody's includes one that there is not. */
export function hasRole(caller: Caller, role: Role): boolean {
  return ROLES.includes(role) && ROLES.indexOf(caller.role) >= ROLES.indexOf(role);
}

/** Whether the caller sees what belongs to a project. What he does not see is not there for him. */
export function seesProject(caller: Caller, projectId: string): boolean {
  return caller.projectId === null || caller.projectId === projectId;
}
