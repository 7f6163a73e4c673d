import { Phase } from '../../machine/phase';
import { describeDefined, type DefinedWorkflow } from './defined-workflow';
import type { TicketApi, TicketScope } from './ticket-api';
import { isObject, readJsonObject } from '../json-file';
import { TransferError } from '../transfer-error';
import type { StateSource } from './options';

/** What the states of a log are at the server. */
export interface StateMapping {
  /** The phase of a state; undefined: it has none, so rows with it ask for nothing. */
  phaseOf(state: string): string | undefined;
  /** Where to create a ticket that the log shows in `phase` first. */
  initialPhaseFor(phase: string): string;
  /** Where tickets are created; nothing in it: under the built-in workflow. */
  readonly scope: TicketScope;
}

/** To phases of the built-in workflow, where a map says which. */
export function mapToPhases(phases: PhaseMap): StateMapping {
  return {
    phaseOf: (state) => phases.get(state),
    // No ticket starts its life waiting: one that the log shows blocked first was, as far as we know, in the backlog.
    initialPhaseFor: (phase) => (phase === Phase.BLOCKED ? Phase.BACKLOG : phase),
    scope: {},
  };
}

/** To the phases of a workflow that has the same names. Whether it has them, and which are initial, the server knows. */
export function mapToWorkflow({
  key,
  version,
  project,
}: Pick<DefinedWorkflow, 'key' | 'version' | 'project'>): StateMapping {
  const scope = { workflow: key, workflow_version: version, ...(project === null ? {} : { project }) };
  return { phaseOf: (state) => state, initialPhaseFor: (phase) => phase, scope };
}

/** From a state of the log to a phase. A state that is not in it has no phase. */
export type PhaseMap = ReadonlyMap<string, Phase>;

/**
 * Finds the map in `{"phase_map": {state: PHASE}}` or a plain `{state: PHASE}`.
 *
 * @param name what to call the content in an error
 * @throws TransferError when it is empty, or names a phase that does not exist
 */
export function phaseMapOf(content: Record<string, unknown>, name: string): PhaseMap {
  const entries = Object.entries(isObject(content.phase_map) ? content.phase_map : content);
  if (entries.length === 0) throw new TransferError(`${name}: the phase map is empty, so no ticket could be created`);
  const unknown = entries.filter(([, phase]) => !isPhase(phase));
  if (unknown.length > 0) {
    const list = unknown.map(([state, phase]) => `${JSON.stringify(state)} → ${JSON.stringify(phase)}`).join(', ');
    throw new TransferError(`${name}: unknown phase for ${list}; expected one of ${Object.values(Phase).join(', ')}`);
  }
  return new Map(entries as [string, Phase][]);
}

/** @throws TransferError see `phaseMapOf`; also when the file cannot be read, or is no JSON object */
export async function readPhaseMap(path: string): Promise<PhaseMap> {
  return phaseMapOf(await readJsonObject(path, 'the phase map'), path);
}

function isPhase(value: unknown): value is Phase {
  return Object.values<unknown>(Phase).includes(value);
}

/** What has to be done at the server before the first row. */
export type PrepareMapping = (api: TicketApi) => Promise<StateMapping>;

/**
 * Reads the file that says what the states of the log are, before anything is started.
 *
 * @param tell takes what became of it at the server
 * @throws TransferError when the file is not what it should be
 */
export async function prepare({ kind, path }: StateSource, print: (line: string) => void): Promise<PrepareMapping> {
  if (kind === 'phases') {
    const mapping = mapToPhases(await readPhaseMap(path));
    return () => Promise.resolve(mapping);
  }
  const definition = await readJsonObject(path, 'the workflow');
  return async (api) => {
    const stored = await api.defineWorkflow(definition, path);
    print(describeDefined(stored));
    return mapToWorkflow(stored);
  };
}
