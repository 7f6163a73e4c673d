import { DomainError } from '../problems/domain-error';
import type { Ticket } from './ticket.entity';

/** What a caller takes for granted about a ticket. Where it is not so, the command is refused and nothing changes. */
export interface Precondition {
  /** Of `If-Match`: the versions that will do, or any. Null without the header. */
  readonly ifMatch: '*' | readonly number[] | null;
  readonly expectedVersion?: number;
  readonly expectedPhase?: string;
}

/** The refusal of a command whose caller knows an older state of the ticket. Not yet told: what has changed since. */
export class StaleTicket extends DomainError {
  /** @param since the version that the caller knows, or the phase */
  constructor(
    code: 'precondition_failed' | 'version_conflict',
    detail: string,
    readonly ticket: Pick<Ticket, 'id' | 'phaseId' | 'version'>,
    readonly since: { readonly version: number } | { readonly phase: string },
  ) {
    super(code, detail, { current: { phase: ticket.phaseId, version: ticket.version } });
  }
}

/** Why the ticket is not what the caller takes it for; undefined when it is. */
export function stalenessOf(ticket: Ticket, precondition: Precondition | null): StaleTicket | undefined {
  if (precondition === null) return undefined;
  const { ifMatch, expectedVersion, expectedPhase } = precondition;
  const is = `The ticket is in ${ticket.phaseId} at version ${ticket.version}`;
  if (ifMatch !== null && ifMatch !== '*' && !ifMatch.includes(ticket.version)) {
    const known = ifMatch.length === 0 ? 'a version that it never had' : ifMatch.join(' or ');
    const since = { version: ifMatch.length === 0 ? ticket.version : Math.max(...ifMatch) };
    return new StaleTicket('precondition_failed', `${is}; If-Match asks for ${known}.`, ticket, since);
  }
  if (expectedVersion !== undefined && expectedVersion !== ticket.version) {
    const detail = `${is}; expected was version ${expectedVersion}.`;
    return new StaleTicket('version_conflict', detail, ticket, { version: expectedVersion });
  }
  if (expectedPhase !== undefined && expectedPhase !== ticket.phaseId) {
    const detail = `${is}; expected was ${expectedPhase}.`;
    return new StaleTicket('version_conflict', detail, ticket, { phase: expectedPhase });
  }
  return undefined;
}
