import type { ReplayRow } from './replay-log';
import type { StateMapping } from './state-mapping';

const MAX_TITLE = 500;
const MAX_ACTOR = 255;

/** The request that one row of the log leads to. */
export type RowAction =
  /** Creates the ticket in `phase`, then moves it to `thenTo` unless that is null. */
  | { readonly kind: 'create'; readonly phase: string; readonly thenTo: string | null }
  | { readonly kind: 'move'; readonly to: string }
  | { readonly kind: 'skip'; readonly because: SkipReason };

/**
 * The reason for skipping a row: its state is unmapped, equals the previous state of the row, or maps to the current
 * phase of the ticket.
 */
export type SkipReason = 'unmapped' | 'same_state' | 'same_phase';

/**
 * Decides which request to send for a row. Pure; the server decides whether a transition is legal.
 *
 * @param current the phase of the ticket on the server; null before the ticket is created
 */
export function planRow(
  mapping: StateMapping,
  current: string | null,
  row: Pick<ReplayRow, 'fromState' | 'toState'>,
): RowAction {
  const target = mapping.phaseOf(row.toState);
  if (target === undefined) return { kind: 'skip', because: 'unmapped' };
  if (current === null) {
    const phase = mapping.initialPhaseFor(target);
    return { kind: 'create', phase, thenTo: phase === target ? null : target };
  }
  if (row.fromState === row.toState) return { kind: 'skip', because: 'same_state' };
  if (current === target) return { kind: 'skip', because: 'same_phase' };
  return { kind: 'move', to: target };
}

/** Returns the title for the API: the title of the row or, if that is blank, the ticket id; at most 500 characters. */
export function ticketTitleOf(row: Pick<ReplayRow, 'ticket' | 'title'>): string {
  return shorten(row.title.trim() === '' ? row.ticket : row.title, MAX_TITLE);
}

/**
 * Returns `transitioned_by` for the API, at most 255 characters; undefined when the row has no actor, so that the
 * server uses its default.
 */
export function rowActorOf(row: Pick<ReplayRow, 'actor'>): string | undefined {
  return row.actor.trim() === '' ? undefined : shorten(row.actor, MAX_ACTOR);
}

/** Truncates at a code point and appends an ellipsis. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
