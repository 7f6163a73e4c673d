import { readJsonObject } from '../json-file';
import type { StateSource } from './options';
import { readPhaseMap } from './phase-map';
import { describeStored } from './stored-workflow';
import type { TicketApi } from './ticket-api';
import { asPhasesOf, throughMap, type Translation } from './translation';

/** What has to be done at the server before the first row. */
export type Preparation = (api: TicketApi) => Promise<Translation>;

/**
 * Reads the file that says what the states of the log are, before anything is started.
 *
 * @param tell takes what became of it at the server
 * @throws ReplayError when the file is not what it should be
 */
export async function prepare({ kind, path }: StateSource, tell: (line: string) => void): Promise<Preparation> {
  if (kind === 'phases') {
    const translation = throughMap(await readPhaseMap(path));
    return () => Promise.resolve(translation);
  }
  const definition = await readJsonObject(path, 'the workflow');
  return async (api) => {
    const stored = await api.defineWorkflow(definition, path);
    tell(describeStored(stored));
    return asPhasesOf(stored);
  };
}
