import { Phase } from '../../machine/phase';
import { isObject, readJsonObject } from '../json-file';
import { ReplayError } from './replay-error';

/** From a state of the log to a phase. A state that is not in it has no phase. */
export type PhaseMap = ReadonlyMap<string, Phase>;

/**
 * Finds the map in `{"phase_map": {state: PHASE}}` or a plain `{state: PHASE}`.
 *
 * @param name what to call the content in an error
 * @throws ReplayError when it is empty, or names a phase that does not exist
 */
export function phaseMapOf(content: Record<string, unknown>, name: string): PhaseMap {
  const entries = Object.entries(isObject(content.phase_map) ? content.phase_map : content);
  if (entries.length === 0) throw new ReplayError(`${name}: the phase map is empty, so no ticket could be created`);
  const unknown = entries.filter(([, phase]) => !isPhase(phase));
  if (unknown.length > 0) {
    const list = unknown.map(([state, phase]) => `${JSON.stringify(state)} → ${JSON.stringify(phase)}`).join(', ');
    throw new ReplayError(`${name}: unknown phase for ${list}; expected one of ${Object.values(Phase).join(', ')}`);
  }
  return new Map(entries as [string, Phase][]);
}

/** @throws ReplayError see `phaseMapOf`; also when the file cannot be read, or is no JSON object */
export async function readPhaseMap(path: string): Promise<PhaseMap> {
  return phaseMapOf(await readJsonObject(path, 'the phase map'), path);
}

function isPhase(value: unknown): value is Phase {
  return Object.values<unknown>(Phase).includes(value);
}
