import type { EntityTag } from '../http/server/etag';
import { DomainError } from '../problems/domain-error';
import type { EventType } from './ticket-event.entity';
import type { Ticket } from './ticket.entity';

/** What a caller takes for granted about a ticket. Where it is not so, the command is refused and nothing changes. */
export interface Precondition {
  /** Of `If-Match`: the tags of which one will do, or any. Null without the header. */
  readonly ifMatch: '*' | readonly EntityTag[] | null;
  readonly expectedVersion?: number;
  readonly expectedPhase?: string;
}

/** An event as a refusal lists it: with the move itself, so that nothing else has to be asked. */
export interface Change {
  version: number;
  type: EventType;
  actor: string;
  actor_kind: string;
  at: Date;
  changes?: Record<string, unknown> | null;
  from_phase?: string;
  to_phase?: string;
  transition_reason?: string | null;
  transitioned_by?: string;
}

/** The newest state of a ticket that a caller knows: a version, or where it was. */
export type Known = { readonly version: number } | { readonly phase: string };

/** The refusal of a command whose caller knows an older state of the ticket. Not yet told: what has changed since. */
export class StaleTicket extends DomainError {
  /**
   * @param ticket as it was judged
   * @param earlier the changes of the same transaction that made it so; all before them are in the database
   */
  constructor(
    override readonly code: 'precondition_failed' | 'version_conflict',
    detail: string,
    readonly ticket: Pick<Ticket, 'id' | 'phaseId' | 'version'>,
    readonly since: Known,
    readonly earlier: readonly Change[] = [],
    facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, detail, { current: { phase: ticket.phaseId, version: ticket.version }, ...facts });
  }

  /** The same, where the transaction has changed the ticket before it. */
  after(earlier: readonly Change[]): StaleTicket {
    const { since } = this;
    const left = 'phase' in since ? earlier.findLast(({ from_phase }) => from_phase === since.phase) : undefined;
    const known = left === undefined ? since : { version: left.version - 1 };
    return new StaleTicket(this.code, this.message, this.ticket, known, earlier);
  }

  /**
   * The same, where the transaction was not carried out.
   *
   * @param ticket as it is
   * @param judgedAt as it would have been
   */
  withoutEarlier(ticket: Ticket, detail: string, judgedAt: { phase: string; version: number }): StaleTicket {
    return new StaleTicket(this.code, detail, ticket, this.since, [], { judged_at: judgedAt });
  }
}

/** Why the ticket is not what the caller takes it for; undefined when it is. */
export function stalenessOf(ticket: Ticket, precondition: Precondition | null): StaleTicket | undefined {
  if (precondition === null) return undefined;
  const { ifMatch, expectedVersion, expectedPhase } = precondition;
  const is = `The ticket is in ${ticket.phaseId} at version ${ticket.version}`;
  if (
    ifMatch !== null &&
    ifMatch !== '*' &&
    !ifMatch.some(({ weak, version }) => !weak && version === ticket.version)
  ) {
    const detail = `${is}; If-Match asks for ${toldTags(ifMatch)}.`;
    return new StaleTicket('precondition_failed', detail, ticket, { version: newestOf(ifMatch) ?? ticket.version });
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

/** Tags that a sentence names at most, and characters of each. */
const TAGS_TOLD = 3;
const TAG_TOLD = 60;

function toldTags(tags: readonly EntityTag[]): string {
  const told = tags
    .slice(0, TAGS_TOLD)
    .map(({ text }) => (text.length > TAG_TOLD ? `${text.slice(0, TAG_TOLD)}…` : text));
  if (tags.length > TAGS_TOLD) told.push(`${tags.length - TAGS_TOLD} more`);
  return told.join(' or ') + (tags.some(({ weak }) => weak) ? ', and a weak tag never matches' : '');
}

/** The newest version that tags name. Undefined: none of them is of a version. */
function newestOf(tags: readonly EntityTag[]): number | undefined {
  const versions = tags.flatMap(({ version }) => (version === null ? [] : [version]));
  return versions.length === 0 ? undefined : Math.max(...versions);
}
