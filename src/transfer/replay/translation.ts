import { Phase } from '../../machine/phase';
import type { PhaseMap } from './phase-map';
import type { StoredWorkflow } from './stored-workflow';
import type { TicketHome } from './ticket-api';

/** What the states of a log are at the server. */
export interface Translation {
  /** The phase of a state; undefined: it has none, so rows with it ask for nothing. */
  phaseOf(state: string): string | undefined;
  /** Where to create a ticket that the log shows in `phase` first. */
  beginningFor(phase: string): string;
  /** Where tickets are created; nothing in it: under the built-in workflow. */
  readonly home: TicketHome;
}

/** To phases of the built-in workflow, where a map says which. */
export function throughMap(phases: PhaseMap): Translation {
  return {
    phaseOf: (state) => phases.get(state),
    // No ticket starts its life waiting: one that the log shows blocked first was, as far as we know, in the backlog.
    beginningFor: (phase) => (phase === Phase.BLOCKED ? Phase.BACKLOG : phase),
    home: {},
  };
}

/** To the phases of a workflow that has the same names. Whether it has them, and which are initial, the server knows. */
export function asPhasesOf({
  key,
  version,
  project,
}: Pick<StoredWorkflow, 'key' | 'version' | 'project'>): Translation {
  const home = { workflow: key, workflow_version: version, ...(project === null ? {} : { project }) };
  return { phaseOf: (state) => state, beginningFor: (phase) => phase, home };
}
