import type { EntityTag } from '../http/server/etag';
import { DomainError } from '../problems/domain-error';
import type { ChangeDto } from './ticket-event.dto';
import type { Ticket } from './ticket.entity';

/** A condition on the state of a ticket. A command whose condition does not hold is rejected and changes nothing. */
export interface Precondition {
  /** Of `If-Match`: accepted entity tags, or any. Null without the header. */
  readonly ifMatch: '*' | readonly EntityTag[] | null;
  readonly expectedVersion?: number;
  readonly expectedPhase?: string;
}

/** The newest state of a ticket that a caller knows: its version, or its phase. */
export type KnownState = { readonly version: number } | { readonly phase: string };

/** The rejection of a command whose caller knows an older state of the ticket. It does not list the changes yet. */
export class StaleTicket extends DomainError {
  /**
   * @param ticket in the state that it was judged in
   * @param earlier changes of the same transaction, oldest first; changes before it are in the database
   */
  constructor(
    override readonly code: 'precondition_failed' | 'version_conflict',
    detail: string,
    readonly ticket: Pick<Ticket, 'id' | 'projectId' | 'phaseId' | 'version'>,
    readonly since: KnownState,
    readonly earlier: readonly ChangeDto[] = [],
    facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(code, detail, { current: { phase: ticket.phaseId, version: ticket.version }, ...facts });
  }

  /** Returns the rejection of a command that follows other changes in its transaction. */
  after(earlier: readonly ChangeDto[]): StaleTicket {
    const { since } = this;
    const left = 'phase' in since ? earlier.findLast(({ from_phase }) => from_phase === since.phase) : undefined;
    const known = left === undefined ? since : { version: left.version - 1 };
    return new StaleTicket(this.code, this.message, this.ticket, known, earlier);
  }

  /**
   * Returns the rejection for a transaction that was rolled back.
   *
   * @param ticket in its stored state
   * @param judgedAt the state that the command was judged in
   */
  withoutEarlier(ticket: Ticket, detail: string, judgedAt: { phase: string; version: number }): StaleTicket {
    return new StaleTicket(this.code, detail, ticket, this.since, [], { judged_at: judgedAt });
  }
}

/**
 * Adds the changes since the state that the caller knows to rejections. The layer that reads histories provides it, because
 * an event of a transition repeats its history row.
 */
export abstract class StaleTicketExplainer {
  /** Returns a `StaleTicket` with its `changes_since`, and any other error as it is. */
  abstract explain(error: unknown): Promise<unknown>;
}

/** Returns the rejection of a command whose precondition does not hold; undefined if it holds. */
export function stalenessOf(ticket: Ticket, precondition: Precondition | null): StaleTicket | undefined {
  if (precondition === null) return undefined;
  const { ifMatch, expectedVersion, expectedPhase } = precondition;
  const current = `The ticket is in ${ticket.phaseId} at version ${ticket.version}`;
  const matches = ({ weak, version }: EntityTag): boolean => !weak && version === ticket.version;
  if (ifMatch !== null && ifMatch !== '*' && !ifMatch.some(matches)) {
    const detail = `${current}; If-Match requires ${listTags(ifMatch)}.`;
    return new StaleTicket('precondition_failed', detail, ticket, { version: newestOf(ifMatch) ?? ticket.version });
  }
  if (expectedVersion !== undefined && expectedVersion !== ticket.version) {
    const detail = `${current}; expected version ${expectedVersion}.`;
    return new StaleTicket('version_conflict', detail, ticket, { version: expectedVersion });
  }
  if (expectedPhase !== undefined && expectedPhase !== ticket.phaseId) {
    const detail = `${current}; expected phase ${expectedPhase}.`;
    return new StaleTicket('version_conflict', detail, ticket, { phase: expectedPhase });
  }
  return undefined;
}

/** Entity tags that a detail lists, and characters of each. */
const TAGS_LISTED = 3;
const TAG_LENGTH = 60;

function listTags(tags: readonly EntityTag[]): string {
  const listed = tags
    .slice(0, TAGS_LISTED)
    .map(({ text }) => (text.length > TAG_LENGTH ? `${text.slice(0, TAG_LENGTH)}…` : text));
  if (tags.length > TAGS_LISTED) listed.push(`${tags.length - TAGS_LISTED} more`);
  return listed.join(' or ') + (tags.some(({ weak }) => weak) ? ' (a weak tag never matches)' : '');
}

/** The newest version that entity tags name; undefined if none names a version. */
function newestOf(tags: readonly EntityTag[]): number | undefined {
  const versions = tags.flatMap(({ version }) => (version === null ? [] : [version]));
  return versions.length === 0 ? undefined : Math.max(...versions);
}
