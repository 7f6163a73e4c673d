import { readFile } from 'node:fs/promises';
import { Phase } from '../../machine/phase';
import { ReplayError } from './replay-error';

/** From a state of the log to a phase. A state that is not in it has no phase. */
export type PhaseMap = ReadonlyMap<string, Phase>;

/**
 * Reads `{"phase_map": {state: PHASE}}` or a plain `{state: PHASE}`.
 *
 * @param name what to call the text in an error
 * @throws ReplayError when it is no such JSON, is empty, or names a phase that does not exist
 */
export function parsePhaseMap(text: string, name: string): PhaseMap {
  const entries = Object.entries(findPhaseMap(parseJson(text, name), name));
  if (entries.length === 0) throw new ReplayError(`${name}: the phase map is empty, so no ticket could be created`);
  const unknown = entries.filter(([, phase]) => !isPhase(phase));
  if (unknown.length > 0) {
    const list = unknown.map(([state, phase]) => `${JSON.stringify(state)} → ${JSON.stringify(phase)}`).join(', ');
    throw new ReplayError(`${name}: unknown phase for ${list}; expected one of ${Object.values(Phase).join(', ')}`);
  }
  return new Map(entries as [string, Phase][]);
}

/** @throws ReplayError see `parsePhaseMap`; also when the file cannot be read */
export async function readPhaseMap(path: string): Promise<PhaseMap> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ReplayError(`cannot read the phase map ${path}: ${cause.message}`, { cause });
  });
  return parsePhaseMap(text, path);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new ReplayError(`${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function findPhaseMap(content: unknown, name: string): Record<string, unknown> {
  if (!isObject(content)) throw new ReplayError(`${name}: expected a JSON object {state: PHASE} or {"phase_map": {…}}`);
  return isObject(content.phase_map) ? content.phase_map : content;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPhase(value: unknown): value is Phase {
  return Object.values<unknown>(Phase).includes(value);
}
