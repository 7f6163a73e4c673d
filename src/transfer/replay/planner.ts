import type { ReplayRow } from './replay-log';
import type { StateMapping } from './state-mapping';

const MAX_TITLE = 500;
const MAX_ACTOR = 255;

/** What one row of the log makes us ask the server for. */
export type RowAction =
  /** Create the ticket in `phase`; then, where `thenTo` is given, move it there. */
  | { readonly kind: 'create'; readonly phase: string; readonly thenTo: string | null }
  | { readonly kind: 'move'; readonly to: string }
  | { readonly kind: 'skip'; readonly because: SkipReason };

/**
 * Why a row asks for nothing: its state has no phase; it repeats the state before it, so nothing changed; or its state
 * maps to the phase in which the ticket already is.
 */
export type SkipReason = 'unmapped' | 'same_state' | 'same_phase';

/**
 * Decides what a row asks for. Pure; whether a move is legal is for the server to say.
 *
 * @param current the phase the ticket is in at the server, null while it is not created
 */
export function planRow(
  mapping: StateMapping,
  current: string | null,
  row: Pick<ReplayRow, 'fromState' | 'toState'>,
): RowAction {
  const wanted = mapping.phaseOf(row.toState);
  if (wanted === undefined) return { kind: 'skip', because: 'unmapped' };
  if (current === null) {
    const phase = mapping.initialPhaseFor(wanted);
    return { kind: 'create', phase, thenTo: phase === wanted ? null : wanted };
  }
  if (row.fromState === row.toState) return { kind: 'skip', because: 'same_state' };
  if (current === wanted) return { kind: 'skip', because: 'same_phase' };
  return { kind: 'move', to: wanted };
}

/** The title for the API: the log's, or the ticket's id where the log has none, within 500 characters. */
export function ticketTitleOf(row: Pick<ReplayRow, 'ticket' | 'title'>): string {
  return shorten(row.title.trim() === '' ? row.ticket : row.title, MAX_TITLE);
}

/** `transitioned_by` for the API, within 255 characters; undefined, so the server's default, where the log has none. */
export function rowActorOf(row: Pick<ReplayRow, 'actor'>): string | undefined {
  return row.actor.trim() === '' ? undefined : shorten(row.actor, MAX_ACTOR);
}

/** Cuts at whole code points and shows that it did. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
