import { Phase } from '../../machine/phase';
import { isObject, readJsonObject } from '../json-file';
import { TransferError } from '../transfer-error';
import { type DefinedWorkflow, describeDefined } from './defined-workflow';
import type { StateSource } from './options';
import type { TicketApi, TicketScope } from './ticket-api';

/** Maps the states of a log to phases of a workflow on the server. */
export interface StateMapping {
  /** Returns the phase of a state; undefined for an unmapped state, whose rows are skipped. */
  phaseOf(state: string): string | undefined;
  /** Returns the phase in which to create a ticket whose first state maps to `phase`. */
  initialPhaseFor(phase: string): string;
  /** The project and workflow of new tickets; empty for the built-in workflow. */
  readonly scope: TicketScope;
}

/** Maps a state of the log to a built-in phase. States without an entry are unmapped. */
export type PhaseMap = ReadonlyMap<string, Phase>;

/** Sets up the mapping on the server, before the first row is sent. */
export type PreparedMapping = (api: TicketApi) => Promise<StateMapping>;

/**
 * Reads the file that maps the states of the log, before any server is started.
 *
 * @param print receives one line about the workflow once the server has stored it
 * @throws TransferError when the file cannot be read or has invalid content
 */
export async function prepareMapping(
  { kind, path }: StateSource,
  print: (line: string) => void,
): Promise<PreparedMapping> {
  if (kind === 'phases') {
    const mapping = mapToPhases(phaseMapOf(await readJsonObject(path, 'the phase map'), path));
    return () => Promise.resolve(mapping);
  }
  const definition = await readJsonObject(path, 'the workflow');
  return async (api) => {
    const workflow = await api.defineWorkflow(definition, path);
    print(describeDefined(workflow));
    return mapToWorkflow(workflow);
  };
}

/**
 * Reads `{"phase_map": {state: PHASE}}` or a plain `{state: PHASE}`.
 *
 * @param name the name of the content in an error
 * @throws TransferError when the map is empty or names an unknown phase
 */
export function phaseMapOf(content: Record<string, unknown>, name: string): PhaseMap {
  const entries = Object.entries(isObject(content.phase_map) ? content.phase_map : content);
  if (entries.length === 0) throw new TransferError(`${name}: the phase map is empty, so no ticket could be created`);
  const known = entries.filter((entry): entry is [string, Phase] => isPhase(entry[1]));
  if (known.length === entries.length) return new Map(known);
  const unknown = entries.filter(([, phase]) => !isPhase(phase));
  const list = unknown.map(([state, phase]) => `${JSON.stringify(state)} → ${JSON.stringify(phase)}`).join(', ');
  throw new TransferError(`${name}: unknown phase for ${list}; expected one of ${Object.values(Phase).join(', ')}`);
}

function isPhase(value: unknown): value is Phase {
  return Object.values<unknown>(Phase).includes(value);
}

/** Maps states to phases of the built-in workflow. */
export function mapToPhases(phases: PhaseMap): StateMapping {
  return {
    phaseOf: (state) => phases.get(state),
    // The built-in workflow creates no ticket in BLOCKED; BACKLOG is the best guess for where such a ticket started.
    initialPhaseFor: (phase) => (phase === Phase.BLOCKED ? Phase.BACKLOG : phase),
    scope: {},
  };
}

/** Maps each state to the phase of the same name. The server decides whether the phase exists and is initial. */
export function mapToWorkflow({
  key,
  version,
  project,
}: Pick<DefinedWorkflow, 'key' | 'version' | 'project'>): StateMapping {
  const scope = { workflow: key, workflow_version: version, ...(project === null ? {} : { project }) };
  return { phaseOf: (state) => state, initialPhaseFor: (phase) => phase, scope };
}
